//! The protocol: how a slot goes from one generation to the next. It knows neither cell nor map.
//!
//! A slot points to a generation. A generation is one state of a cell: it is complete before anybody sees it, and only
//! its atomics change after that. Every change of hands is a new generation. The rules, to which the page
//! `docs::protocol` refers by number:
//!
//! 1. A caller is elected by one compare-and-swap, on the `phase` of the very generation that it read. Then it looks at
//!    the slot a second time. If that generation has been replaced, the election came too late, and nobody leads by it.
//! 2. A generation is replaced by one compare-and-swap of the slot, from the very generation that the replacing thread
//!    read or led. Pointers are compared, and the thread that compares holds the old generation alive, so its address
//!    cannot come back as another generation. The version stays or grows by one. A result that comes too late is never
//!    in the slot, and its version is 0.
//! 3. Only the thread that replaced a generation retires it: once, and after the replacement.
//! 4. A leader ends its lease by replacing the generation that it led: it publishes, renews, fails or gives up. A panic
//!    of the user's code is caught and ends the lease before it goes on. A lease that is dropped, also by a panic of
//!    the code that holds it, is given up. If something newer is in the slot, nothing happens.
//! 5. Only the leader of a generation writes its `lease_until`, and only once it leads. So the time before that, in
//!    which the leader may be held up, is not part of its lease.
//! 6. A caller takes over by replacing a generation whose lease has ended with one that it leads from birth. A call
//!    that handed its lease off neither takes over nor is elected again.
//! 7. All waiters are woken after each replacement, except after taking over, because what they wait for is still to
//!    come. They are also woken when a leader says that its lease ends earlier than it had said before.
//! 8. A caller that is going to sleep first enlists, then looks again, and only then sleeps: until it is woken, until
//!    the lease ends, or until its wait timeout.
//! 9. Nothing in a generation is written on behalf of a reader that is served.
//! 10. A thread that is about to replace a generation withdraws it first. Until then, readers that remember the
//!     generation may take it for what is in the slot. If another thread replaces it first, the withdrawal stands: that
//!     thread withdrew it as well.
//! 11. The user's code (creation functions, `lifetime_of`, clocks, wakers, and the `Drop` of a value, an error or a
//!     future) runs with nothing locked and with the slot consistent. What a creation future holds is dropped before
//!     its lease ends, also if the future is cancelled. While a thread unwinds, the user's code runs only where a
//!     second panic would be caught. What a generation holds, a value or an error, sees to that itself, wherever the
//!     last reference to it is dropped, and its `Drop` is outside of every creation function. (What a caller passed to
//!     a verb is dropped as every function drops its arguments.)
//! 12. A mark is set on the `phase` of the generation in the slot. Then `assured_until` and `due` fall to 0, also while
//!     a leader is at work. The write of `due` is a Release, which pairs with the Acquire fence in
//!     `Generation::freshness`. A mark that the retirement of a generation finds unanswered is handed on to whatever is
//!     in the slot by then. What came by `set` or `invalidate` only inherits it: its leader hands it on, and its value
//!     stays as fresh as it was.
//! 13. A call that asks for a value made anew touches the slot: it exchanges the generation that it found for the same
//!     one. A value that a leader made bears the serial number of the generation on which that leader was elected. If
//!     that is later than the touched one, the leader knew of all that went before the call.

pub(crate) mod call;
pub(crate) mod demand;
pub(crate) mod flight;
pub(crate) mod generation;
pub(crate) mod guard;
pub(crate) mod home;
pub(crate) mod inside;
pub(crate) mod lease;
pub(crate) mod lifetime;
pub(crate) mod patience;
pub(crate) mod phase;
pub(crate) mod served_or;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod slot;
