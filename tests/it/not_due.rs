//! Creation functions that must not run. A file of its own, since `tests/alloc.rs`, another binary, uses it too.

pub(crate) fn not_due<T>() -> T {
    panic!("this caller was not to be elected")
}

/// [`not_due`] for the verbs whose function can fail.
pub(crate) fn not_due_either<T>() -> Result<T, &'static str> {
    not_due()
}

/// [`not_due_either`] for tasks.
pub(crate) async fn not_due_for_tasks<T>() -> Result<T, &'static str> {
    not_due()
}
