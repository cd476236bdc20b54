//! `OnceLock`: what a read of a value can cost at least. It never expires.

use crate::contender::{Contender, Reads, Shared, Sharing, Suite, Thing, VALUE, kept};
use crate::read::Read;
use std::sync::OnceLock;

pub const GET: &str = "`OnceLock::get` (no expiry)";
pub const SHARED: &str = "`OnceLock`";
pub const NEVER_RENEWED: &str = "`OnceLock`, never renewed";

pub(super) struct Once;

impl Contender for Once {
    fn reads(&self) -> Vec<Read> {
        let once = kept(OnceLock::from(VALUE));
        vec![Read::new(GET, || *once.get().unwrap())]
    }

    fn sharings(&self) -> Vec<Sharing> {
        vec![
            Sharing::new(SHARED, &[Suite::First], || Box::new(OnceLock::new())),
            Sharing::new(NEVER_RENEWED, &[Suite::Latency], || Box::new(OnceLock::new())),
        ]
    }

    fn things(&self) -> Vec<Thing> {
        vec![Thing::new(SHARED, || OnceLock::from(VALUE))]
    }
}

impl Shared for OnceLock<u64> {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| *self.get_or_init(make))
    }

    fn expire(&self) {}
}
