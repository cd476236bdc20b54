//! What can go wrong, and what to do about it.

use crate::protocol::inside;
use crate::sync::Arc;
use std::error::Error;
use std::fmt;

/// A combination of settings that makes no sense, from [`Builder::build`](crate::Builder::build). It names the
/// setting, and says what to do.
///
/// # Examples
///
/// ```
/// use dogpile::{BuildError, DogpileCell};
/// use std::time::Duration;
///
/// let second = Duration::from_secs(1);
/// let error = DogpileCell::<u32>::builder().retry_after(30 * second, second).build().unwrap_err();
/// assert_eq!((error, error.field()), (BuildError::RetryAfterReversed, "retry_after"));
/// assert_eq!(
///     error.to_string(),
///     "retry_after: the first delay is longer than the longest; give the shorter one first"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// `time_to_live` and `time_to_live_of` were both given.
    TimeToLiveTwice,
    /// `stale_while_revalidate` was given, but no time to live after which it could begin.
    StaleWhileRevalidateWithoutTimeToLive,
    /// `stale_if_error` was given, but no time to live after which it could begin.
    StaleIfErrorWithoutTimeToLive,
    /// `stale_if_error` was given, and is shorter than `stale_while_revalidate`: it would never have an effect.
    StaleIfErrorTooShort,
    /// `retry_after` was given a least delay that is greater than the greatest.
    RetryAfterReversed,
    /// `jitter` is not a number from 0 to 1.
    JitterOutOfRange(f64),
    /// `jitter` was given, but no time to live of which it could be a part.
    JitterWithoutTimeToLive,
}

impl BuildError {
    /// The name of the builder's method that is to be changed.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::TimeToLiveTwice => "time_to_live_of",
            Self::StaleWhileRevalidateWithoutTimeToLive => "stale_while_revalidate",
            Self::StaleIfErrorWithoutTimeToLive | Self::StaleIfErrorTooShort => "stale_if_error",
            Self::RetryAfterReversed => "retry_after",
            Self::JitterOutOfRange(_) | Self::JitterWithoutTimeToLive => "jitter",
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.field())?;
        match self {
            Self::TimeToLiveTwice => f.write_str(
                "time_to_live is set too, and a value has one time to live; leave one of them out",
            ),
            Self::StaleWhileRevalidateWithoutTimeToLive | Self::StaleIfErrorWithoutTimeToLive => f.write_str(
                "without a time to live no value ever goes stale; set time_to_live or leave this out",
            ),
            Self::StaleIfErrorTooShort => f.write_str(
                "it is shorter than stale_while_revalidate, which is unlimited unless it is set, so it would have no \
                 effect; set that one to less, or leave this out",
            ),
            Self::RetryAfterReversed => {
                f.write_str("the first delay is longer than the longest; give the shorter one first")
            }
            Self::JitterOutOfRange(fraction) => {
                write!(f, "{fraction} is not a part of the time to live; give a number from 0.0 to 1.0")
            }
            Self::JitterWithoutTimeToLive => f.write_str(
                "it is a part of the time to live, and there is none; set time_to_live or leave this out",
            ),
        }
    }
}

impl Error for BuildError {}

/// Why a caller of a fallible verb got no value.
///
/// Clones share the original error, since all callers that waited for one attempt get the same. It is the
/// [`source`](Error::source) of this one, and [`downcast_ref`](Self::downcast_ref) gets at it. What each variant
/// says to a person tells what to do about it.
///
/// The original speaks for itself: it is not part of what this error displays, since whoever prints errors with
/// their sources, as programs do that use a report type, would print it twice. A log line of your own needs both.
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
/// assert!(line.ends_with("`retry_after`: timed out"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RegenError {
    /// There was nothing to serve, and the creation function returned this error: to this caller, or to the
    /// leader that it waited for, or a moment ago, so that the next attempt is not due yet
    /// ([`retry_after`](crate::Builder::retry_after)).
    Failed(Arc<dyn Error + Send + Sync>),
    /// There was nothing to serve, and the leader had no result within the cell's
    /// [`wait_timeout`](crate::Builder::wait_timeout), or the patience that the caller gave to
    /// [`try_get_or_regen_for`](crate::DogpileCell::try_get_or_regen_for). Or the lease that this caller had
    /// handed off overran the cell's [`lease_timeout`](crate::Builder::lease_timeout). The leader goes on.
    WaitTimeout,
    /// There was nothing to serve, and the lease that this caller had handed off, by
    /// [`get_or_hand_off`](crate::DogpileCell::get_or_hand_off), was dropped without a result, or superseded by an
    /// `invalidate`, so that somebody has to lead once more, and this caller has nothing left to lead with.
    GivenUp,
    /// A creation function asked its own cell, on the same thread, and the cell has no servable value: it would
    /// wait for itself.
    Reentrant,
}

impl RegenError {
    /// The error that the creation function returned, if it is an `E`. None for all variants but
    /// [`Failed`](Self::Failed).
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
                "the creation function failed, there is no older value that could be served, and the next attempt is \
                 made after the cell's `retry_after`",
            ),
            Self::WaitTimeout => f.write_str(
                "no value could be served, and the leader that is making one took longer than `wait_timeout`, or \
                 than the `lease_timeout` of the lease that it got from this call; try again later, or set \
                 `lease_timeout` so that another caller takes over",
            ),
            Self::GivenUp => f.write_str(
                "no value could be served, and the lease that this call handed off was dropped without a result, or \
                 superseded by an `invalidate`; call `publish`, `renew` or `fail` on it, and ask again",
            ),
            Self::Reentrant => f.write_str(inside::MESSAGE),
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

/// What became of a result that came too late: something newer is in the cell, which it did not touch.
///
/// From [`Lease::publish`](crate::Lease::publish). Seldom a reason to fail: there is a newer value in the cell, or
/// somebody is about to make one.
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
    /// What was to be published.
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

/// Why a value could not be renewed, by [`Lease::renew`](crate::Lease::renew).
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
    /// The cell had no value that could live on when the lease began. The lease was given up.
    Empty,
    /// Something newer is in the cell, which was not touched.
    Superseded,
}

impl fmt::Display for RenewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no value to renew; ask `previous` first, and publish one"),
            Self::Superseded => Superseded(()).fmt(f),
        }
    }
}

impl Error for RenewError {}
