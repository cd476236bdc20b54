//! How much of everything.

#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) quick: bool,
}

impl Effort {
    pub(crate) fn of<N>(self, full: N, quick: N) -> N {
        if self.quick { quick } else { full }
    }
}
