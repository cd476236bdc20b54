//! left-right with the simplest thing in it: a number, and how to replace it. It never expires.

use crate::contender::{Contender, Replacing, Thing, VALUE};
use crate::read::Read;
use left_right::{Absorb, ReadHandleFactory, WriteHandle};
use std::mem::forget;

pub(super) struct LeftRight;

impl Contender for LeftRight {
    fn reads(&self) -> Vec<Read> {
        let (writer, readers) = new(VALUE);
        // Readers last as long as the writer.
        forget(writer);
        vec![Read::per_thread("left-right `enter` (no expiry)", move || {
            let reader = readers.handle();
            move || reader.enter().unwrap().0
        })]
    }

    fn replacing(&self) -> Option<Replacing> {
        let (mut writer, readers) = new(0);
        let read = move || {
            let reader = readers.handle();
            let _ = reader.enter().unwrap().0;
            reader
        };
        let set = move |value| _ = writer.append(Replace(value)).publish();
        Some(Replacing::new("left-right `publish`", read, set))
    }

    fn things(&self) -> Vec<Thing> {
        vec![Thing::new("left-right", || new(VALUE))]
    }
}

#[derive(Clone)]
struct Value(u64);

struct Replace(u64);

impl Absorb<Replace> for Value {
    fn absorb_first(&mut self, replace: &mut Replace, _: &Self) {
        self.0 = replace.0;
    }

    fn sync_with(&mut self, first: &Self) {
        self.0 = first.0;
    }
}

fn new(value: u64) -> (WriteHandle<Value, Replace>, ReadHandleFactory<Value>) {
    let (write, read) = left_right::new_from_empty(Value(value));
    (write, read.factory())
}
