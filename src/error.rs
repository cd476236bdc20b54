//! What can go wrong, and what to do about it.

use crate::sync::Arc;
use std::error::Error;
use std::fmt;

/// A combination of settings that makes no sense, from [`CellBuilder::build`](crate::CellBuilder::build).
///
/// It names the setting, and its message says what to do.
///
/// # Examples
///
/// ```
/// use dogpile::{BuildError, DogpileCell};
/// use std::time::Duration;
///
/// let second = Duration::from_secs(1);
/// let error = DogpileCell::<u32>::builder().retry_backoff(30 * second, second).build().unwrap_err();
/// assert_eq!((error, error.field()), (BuildError::RetryBackoffReversed, "retry_backoff"));
/// assert_eq!(
///     error.to_string(),
///     "retry_backoff: the first delay is longer than the longest; give the shorter one first"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// `stale_while_revalidate` was given, but neither a time to live after which it could begin, nor `lifetime_of`.
    StaleWhileRevalidateWithoutTimeToLive,
    /// `stale_if_error` was given, but neither a time to live after which it could begin, nor `lifetime_of`.
    StaleIfErrorWithoutTimeToLive,
    /// `stale_if_error` was given, and is shorter than `stale_while_revalidate`: it would never have an effect.
    StaleIfErrorTooShort,
    /// `retry_backoff` was given a `min` that is longer than its `max`.
    RetryBackoffReversed,
    /// `jitter` is not a number from 0 to 1.
    JitterOutOfRange(f64),
    /// `jitter` was given, but neither a time to live of which it could be a part, nor `lifetime_of`.
    JitterWithoutTimeToLive,
}

impl BuildError {
    /// Returns the name of the setting to change, which is the name of its method.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{BuildError, DogpileCell};
    ///
    /// let error = DogpileCell::<u32>::builder().jitter(0.1).build().unwrap_err();
    /// assert_eq!((error, error.field()), (BuildError::JitterWithoutTimeToLive, "jitter"));
    /// ```
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::StaleWhileRevalidateWithoutTimeToLive => "stale_while_revalidate",
            Self::StaleIfErrorWithoutTimeToLive | Self::StaleIfErrorTooShort => "stale_if_error",
            Self::RetryBackoffReversed => "retry_backoff",
            Self::JitterOutOfRange(_) | Self::JitterWithoutTimeToLive => "jitter",
        }
    }
}

impl BuildError {
    /// What is said of it, in a constant too.
    pub(crate) const fn message(&self) -> &'static str {
        match self {
            Self::StaleWhileRevalidateWithoutTimeToLive => {
                "stale_while_revalidate: without a time to live no value ever goes stale; set time_to_live or leave \
                 this out"
            }
            Self::StaleIfErrorWithoutTimeToLive => {
                "stale_if_error: without a time to live no value ever goes stale; set time_to_live or leave this out"
            }
            Self::StaleIfErrorTooShort => {
                "stale_if_error: it is shorter than stale_while_revalidate, which is unlimited unless it is set, so \
                 it would have no effect; set that one to less, or leave this out"
            }
            Self::RetryBackoffReversed => {
                "retry_backoff: the first delay is longer than the longest; give the shorter one first"
            }
            Self::JitterOutOfRange(_) => {
                "jitter: it is a part of the time to live; give a number from 0.0 to 1.0"
            }
            Self::JitterWithoutTimeToLive => {
                "jitter: it is a part of the time to live, and there is none; set time_to_live or leave this out"
            }
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JitterOutOfRange(fraction) => write!(
                f,
                "jitter: {fraction} is not a part of the time to live; give a number from 0.0 to 1.0"
            ),
            _ => f.write_str(self.message()),
        }
    }
}

impl Error for BuildError {}

/// The error of a creation function, shared by all callers that get it.
pub(crate) type SharedError = Arc<dyn Error + Send + Sync>;

/// Why a call that can fail returned no value.
///
/// All callers that waited for one leader get the same error, so clones share the original: the error that the creation
/// function returned. It is the [`source`](Error::source) of this error, and [`downcast_ref`](Self::downcast_ref)
/// returns it with its own type. The message of each variant says what to do.
///
/// For a call with a [`Demand`](crate::Demand), a value that does not meet it is no value that it could be served: it
/// gets these errors although other callers are served that value.
///
/// The message does not contain that of the original, since a program that prints errors with their sources would print
/// it twice. If you log errors by hand, print both, as below.
///
/// # Examples
///
/// ```
/// use dogpile::{DogpileCell, RegenError};
/// use std::io;
///
/// let cell = DogpileCell::<String>::never_expires();
/// let error = cell.try_get_or_regen(|| Err(io::Error::from(io::ErrorKind::TimedOut))).unwrap_err();
/// assert!(matches!(error, RegenError::Failed(_)));
/// assert_eq!(error.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::TimedOut);
///
/// let mut line = error.to_string();
/// let mut cause = std::error::Error::source(&error);
/// while let Some(error) = cause {
///     line += &format!(": {error}");
///     cause = error.source();
/// }
/// assert!(line.ends_with("`retry_backoff`: timed out"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RegenError {
    /// There was nothing to serve, or nothing that met the call's [`Demand`](crate::Demand), and a creation function
    /// returned this error.
    ///
    /// It was the creation function of this caller, or of the leader that it waited for. Or it was that of an earlier
    /// leader, and the next regeneration is still throttled ([`retry_backoff`](crate::CellBuilder::retry_backoff)).
    Failed(SharedError),
    /// There was nothing to serve, or nothing that met the call's [`Demand`](crate::Demand), and this call has waited
    /// for as long as it may. If there is a leader, it goes on.
    ///
    /// The limit is the cell's [`wait_timeout`](crate::CellBuilder::wait_timeout), or the
    /// [`patience`](crate::Demand::patience) of the call. A call that handed its lease off, by
    /// [`get_or_hand_off`](crate::DogpileCell::get_or_hand_off), also ends this way when the leader overruns the cell's
    /// [`lease_timeout`](crate::CellBuilder::lease_timeout).
    WaitTimeout,
    /// There was nothing to serve, and the lease that this call had handed off ended without a result; nobody leads.
    ///
    /// The lease, from [`get_or_hand_off`](crate::DogpileCell::get_or_hand_off), was dropped, or deferred until a time
    /// that has passed, or an `invalidate` superseded it, or a `set` of what does not meet the call's demand. Or what
    /// was published with it reached its hard end before this call could look. The next caller is elected. This call
    /// cannot be: its closure is used up.
    GivenUp,
    /// There was nothing to serve, and this call was made inside the cell's own creation function, on the same thread:
    /// it would wait for itself.
    ///
    /// The creation function need not be to blame. If it waits for a pool that steals jobs, such as rayon's, or for a
    /// `block_on` that polls unrelated tasks, other work that asks the cell can happen to run inside it.
    Reentrant,
}

impl RegenError {
    /// Of a creation function that returned `error`. Runs the user's conversion.
    pub(crate) fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(Arc::from(error.into()))
    }

    /// What the creation function returned, to keep.
    pub(crate) fn original(&self) -> Option<SharedError> {
        match self {
            Self::Failed(error) => Some(Arc::clone(error)),
            Self::WaitTimeout | Self::GivenUp | Self::Reentrant => None,
        }
    }

    /// Returns the error that the creation function returned, if it is an `E`.
    ///
    /// Returns `None` for all variants but [`Failed`](Self::Failed).
    ///
    /// An `anyhow::Error` wraps the original in a type of its own when it is boxed, so this method does not find it. To
    /// have it found, return `error.reallocate_into_boxed_dyn_error_without_backtrace()` from the creation function.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::{io, num::ParseIntError};
    ///
    /// let cell = DogpileCell::never_expires();
    /// let error = cell.try_get_or_regen(|| "x".parse::<u32>()).unwrap_err();
    /// assert!(error.downcast_ref::<ParseIntError>().is_some());
    /// assert!(error.downcast_ref::<io::Error>().is_none());
    /// ```
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Failed(error) => error.downcast_ref(),
            Self::WaitTimeout | Self::GivenUp | Self::Reentrant => None,
        }
    }
}

impl fmt::Display for RegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(_) => f.write_str(
                "the creation function failed, and there is no older value that this call can be served; see to what it \
                 failed with, the source of this error, or ask again after the cell's `retry_backoff`",
            ),
            Self::WaitTimeout => f.write_str(
                "nothing that this call waits for came within its patience or the cell's `wait_timeout`, or within the \
                 `lease_timeout` of the lease that it handed off; try again later, or set `lease_timeout` so that another \
                 caller takes over from a leader that hangs",
            ),
            Self::GivenUp => f.write_str(
                "no value could be served, and the lease that this call handed off was dropped without a result, or \
                 superseded by an `invalidate`; call `publish`, `renew` or `fail` on it, and ask again",
            ),
            Self::Reentrant => f.write_str(
                "a creation function was running on this thread for a cell with no value that could be served \
                 meanwhile, and the same cell was asked again from inside of it, which would wait for itself for ever; \
                 make the value without asking this cell for it (if the creation function does not ask it: something \
                 that it waits for ran other work on its thread, as a pool that steals jobs or a `block_on` does)",
            ),
        }
    }
}

impl Error for RegenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(&**error),
            Self::WaitTimeout | Self::GivenUp | Self::Reentrant => None,
        }
    }
}

/// A result came too late: something newer is in the cell. It was not stored, and is returned in this error.
///
/// Returned by [`Lease::publish`](crate::Lease::publish) and its forms, and by
/// [`Lease::offer_stale`](crate::Lease::offer_stale). It is seldom a reason to fail: there is a newer value in the
/// cell, or the next reader has one made.
///
/// # Examples
///
/// ```
/// use dogpile::{DogpileCell, Superseded};
///
/// let cell = DogpileCell::never_expires();
/// let lease = cell.try_lead().expect("the cell is empty");
/// cell.invalidate(); // whatever is under way was made from old data
/// let Err(Superseded(mine)) = lease.publish(7) else { unreachable!() };
/// assert_eq!(mine, 7);
/// assert!(cell.get().is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Superseded<T>(
    /// The result that was to be published.
    pub T,
);

impl<T> fmt::Display for Superseded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "something newer took the place of the value that this lease was for (a `set`, an `invalidate`, or \
             another leader after `lease_timeout`); use the result for yourself, or drop it",
        )
    }
}

/// Without the value, so that `?` and `unwrap` work for any `T`.
impl<T> fmt::Debug for Superseded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Superseded").finish_non_exhaustive()
    }
}

impl<T> Error for Superseded<T> {}

/// Why a value could not be renewed, by [`Lease::renew`](crate::Lease::renew) or
/// [`Lease::renew_with`](crate::Lease::renew_with).
///
/// # Examples
///
/// ```
/// use dogpile::{DogpileCell, RenewError};
///
/// let cell = DogpileCell::<u32>::never_expires();
/// let lease = cell.try_lead().expect("the cell is empty");
/// assert_eq!(lease.renew().unwrap_err(), RenewError::Empty);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenewError {
    /// The cell had no value when the lease began. The lease was given up.
    Empty,
    /// Something newer is in the cell, which was not changed.
    Superseded,
    /// The value is past its hard end ([`Lifetime::usable_for`](crate::Lifetime::usable_for)), which a renewal does not
    /// move. The lease was given up.
    Ended,
}

impl fmt::Display for RenewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no value to renew; ask `previous` first, and publish one"),
            Self::Ended => f.write_str(
                "the value is past its hard end, which a renewal does not move; publish another one, or say by \
                 `renew_with` how long this one may be used",
            ),
            Self::Superseded => f.write_str(
                "something newer took the place of the value that this lease was to renew (a `set`, an `invalidate`, \
                 or another leader after `lease_timeout`); there is nothing to store, so ask the cell for what is newer",
            ),
        }
    }
}

impl Error for RenewError {}
