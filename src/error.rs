//! What can go wrong, and what to do about it.

use crate::reentrance;
use crate::sync::Arc;
use std::error::Error;
use std::fmt;

/// A combination of settings that makes no sense, from [`Builder::build`](crate::Builder::build).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// `time_to_live` and `time_to_live_of` were both given.
    TimeToLiveTwice,
    /// `stale_while_revalidate` was given, but no time to live after which it could begin.
    StaleWhileRevalidateWithoutTimeToLive,
    /// `stale_if_error` was given, but no time to live after which it could begin.
    StaleIfErrorWithoutTimeToLive,
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
            Self::StaleIfErrorWithoutTimeToLive => "stale_if_error",
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
/// Clones share the original error, since all callers that waited for one attempt get the same.
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
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RegenError {
    /// The creation function returned this error, to this caller, or to the leader that it waited for, or
    /// a moment ago, so that the next attempt is not due yet.
    Failed(Arc<dyn Error + Send + Sync>),
    /// A creation function asked its own cell, which has no servable value.
    Reentrant,
}

impl RegenError {
    /// The error that the creation function returned, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Failed(error) => error.downcast_ref(),
            Self::Reentrant => None,
        }
    }
}

impl fmt::Display for RegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(
                f,
                "the creation function failed: {error}; no value can be served meanwhile, and the next attempt \
                 is made after the cell's `retry_after`"
            ),
            Self::Reentrant => f.write_str(reentrance::MESSAGE),
        }
    }
}

impl Error for RegenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(&**error),
            Self::Reentrant => None,
        }
    }
}
