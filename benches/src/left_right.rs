//! left-right with the simplest thing in it: a number, and how to replace it.

use left_right::{Absorb, ReadHandleFactory, WriteHandle};

#[derive(Clone)]
pub struct Value(pub u64);

pub struct Replace(u64);

impl Absorb<Replace> for Value {
    fn absorb_first(&mut self, replace: &mut Replace, _: &Self) {
        self.0 = replace.0;
    }

    fn sync_with(&mut self, first: &Self) {
        self.0 = first.0;
    }
}

pub struct Writer(WriteHandle<Value, Replace>);

impl Writer {
    pub fn set(&mut self, value: u64) {
        self.0.append(Replace(value)).publish();
    }
}

/// Readers last as long as the writer.
pub fn new(value: u64) -> (Writer, ReadHandleFactory<Value>) {
    let (write, read) = left_right::new_from_empty(Value(value));
    (Writer(write), read.factory())
}
