//! How sleeping threads are woken. The models on the real event-listener include this file as it is.

use event_listener::Event;

/// Tells all who listen. Each needs the list's lock to go on, and one notification of all would hold that until the last is
/// woken. They are told in the order in which they came, so those who are there at the first are all told.
pub(crate) fn notify_one_by_one(event: &Event) {
    if event.notify_additional(1) == 0 {
        return;
    }
    // Not until none is left: whoever is told may listen again at once.
    for _ in 0..event.total_listeners() {
        if event.notify_additional(1) == 0 {
            return;
        }
    }
}
