//! What can go wrong, and what to do about it.

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
            Self::StaleWhileRevalidateWithoutTimeToLive => f.write_str(
                "without a time to live no value ever goes stale; set time_to_live or leave this out",
            ),
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
