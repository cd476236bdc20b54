//! How long a call waits.

use crate::error::RegenError;
use std::time::{Duration, Instant};

/// When a call stops waiting, by the operating system's clock. None: it waits without limit.
pub(crate) struct Patience(Option<Instant>);

impl Patience {
    /// One that begins now. So long that it has no end, it has none.
    pub(crate) fn of(length: Option<Duration>) -> Self {
        Self(length.and_then(|length| Instant::now().checked_add(length)))
    }

    /// How much is left. None: it has no end.
    pub(crate) fn left(&self) -> Result<Option<Duration>, RegenError> {
        match self.0.map(|end| end.saturating_duration_since(Instant::now())) {
            Some(Duration::ZERO) => Err(RegenError::WaitTimeout),
            left => Ok(left),
        }
    }
}
