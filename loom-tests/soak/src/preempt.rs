//! A timer for one thread that makes it yield the processor wherever it is.

use std::mem::zeroed;
use std::ptr::null_mut;

const SIGNAL: libc::c_int = libc::SIGUSR1;

const EVERY: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 100_000 };

extern "C" fn yield_now(_signal: libc::c_int) {
    // SAFETY: it may be called from a signal handler.
    unsafe { libc::sched_yield() };
}

/// Once for the process.
pub(crate) fn install() {
    // SAFETY: the structure is valid when zeroed, and the handler does what a handler may.
    unsafe {
        let mut action: libc::sigaction = zeroed();
        action.sa_sigaction = yield_now as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        assert_eq!(libc::sigaction(SIGNAL, &raw const action, null_mut()), 0, "there is no handler");
    }
}

/// For the calling thread, until it ends.
pub(crate) fn this_thread() {
    // SAFETY: the structures are valid when zeroed, and outlive the calls.
    unsafe {
        let mut event: libc::sigevent = zeroed();
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = SIGNAL;
        event.sigev_notify_thread_id = libc::gettid();
        let mut timer: libc::timer_t = zeroed();
        let made = libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer);
        assert_eq!(made, 0, "there is no timer");
        let spec = libc::itimerspec { it_interval: EVERY, it_value: EVERY };
        assert_eq!(libc::timer_settime(timer, 0, &raw const spec, null_mut()), 0, "it does not run");
    }
}
