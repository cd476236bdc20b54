//! "304 Not Modified": a lease knows the value that it is to replace, so it can ask the origin whether there
//! is another one at all, and renew the old one if not. The origin is a small HTTP server on the loopback
//! interface, whose document changes once. Runs in real time, for about a second:
//!
//! ```sh
//! cargo run --example conditional
//! ```

use dogpile::{DogpileCell, Guard, Lease};
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than an origin on this machine takes, shorter than anybody waits.
const TIMEOUT: Duration = Duration::from_secs(2);
const VISITS: u32 = 10;

static PAGE: DogpileCell<Document> = DogpileCell::new(Duration::from_millis(90));

struct Document {
    etag: String,
    body: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let origin = Origin::start(Document { etag: "\"v1\"".into(), body: "first edition. ".repeat(4000) })?;
    let began = Instant::now();
    let (mut received, mut saved) = (0, 0);
    for visit in 1..=VISITS {
        if visit == 6 {
            origin.change(Document { etag: "\"v2\"".into(), body: "second edition. ".repeat(4000) });
        }
        // Not due, or somebody else is at it: nothing to do.
        if let Some(lease) = PAGE.try_lead() {
            let traffic = refresh(lease, origin.address)?;
            received += traffic.received;
            saved += traffic.saved;
        }
        let page = PAGE.get().ok_or("no page could be had")?;
        println!(
            "[{:4} ms] visit {visit:2}: version {} of the cell, {} of the origin, {} ms old",
            began.elapsed().as_millis(),
            Guard::version(&page),
            page.etag,
            Guard::age(&page).as_millis(),
        );
        drop(page);
        thread::sleep(Duration::from_millis(50));
    }
    println!("\nreceived {received} bytes; saved {saved} bytes of documents that had not changed");
    println!("the cell says: {}", PAGE.stats());
    Ok(())
}

/// Bytes that came over the wire, and bytes of a document that did not have to.
struct Traffic {
    received: usize,
    saved: usize,
}

/// Ends the lease with what the origin says. An error of the origin is left to the cell: it keeps serving the old
/// document, and throttles the next regeneration. Only if there is no first document, this program fails.
fn refresh(lease: Lease<&DogpileCell<Document>>, origin: SocketAddr) -> Result<Traffic, Box<dyn Error>> {
    // None if the cell is empty or was invalidated: then the whole document is asked for.
    let previous = lease.previous();
    let etag = previous.as_ref().map(|document| document.etag.as_str());
    match fetch(origin, etag) {
        Ok(Answer::Document(document, received)) => {
            println!("          200 OK: {received} bytes");
            if lease.publish(document).is_err() {
                println!("          something newer is in the cell already");
            }
            Ok(Traffic { received, saved: 0 })
        }
        Ok(Answer::NotModified(received)) => {
            println!("          304 Not Modified: {received} bytes");
            // The same document for another time to live; nothing is parsed, copied or allocated for it.
            let saved = lease.renew()?.body.len();
            Ok(Traffic { received, saved })
        }
        Err(error) => {
            println!("          failed: {error}");
            lease.fail(error);
            Ok(Traffic { received: 0, saved: 0 })
        }
    }
}

/// What the origin says, and how many bytes it took to say it.
enum Answer {
    Document(Document, usize),
    NotModified(usize),
}

/// A GET, conditional if there is an `ETag`. With timeouts, since a cell that has no `lease_timeout` waits for
/// its leader as long as it takes.
fn fetch(origin: SocketAddr, etag: Option<&str>) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&origin, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let condition = etag.map(|etag| format!("If-None-Match: {etag}\r\n")).unwrap_or_default();
    write!(stream, "GET / HTTP/1.1\r\nHost: {origin}\r\nConnection: close\r\n{condition}\r\n")?;

    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, "not an answer that this client knows");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(invalid)?;
    match head.split(' ').nth(1) {
        Some("304") => Ok(Answer::NotModified(answer.len())),
        Some("200") => {
            let etag = header(head, "ETag").ok_or_else(invalid)?.to_owned();
            let length = header(head, "Content-Length").and_then(|length| length.parse().ok());
            if length != Some(body.len()) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(Answer::Document(Document { etag, body: body.to_owned() }, answer.len()))
        }
        _ => Err(invalid()),
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
}

/// A server with one document, which lives as long as the process.
struct Origin {
    address: SocketAddr,
    document: Arc<Mutex<Document>>,
}

impl Origin {
    fn start(document: Document) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let origin = Self { address: listener.local_addr()?, document: Arc::new(Mutex::new(document)) };
        let document = Arc::clone(&origin.document);
        thread::Builder::new().name("origin".into()).spawn(move || serve(&listener, &document))?;
        Ok(origin)
    }

    fn change(&self, document: Document) {
        println!("          the document changes");
        *self.document.lock().unwrap_or_else(PoisonError::into_inner) = document;
    }
}

fn serve(listener: &TcpListener, document: &Mutex<Document>) {
    for stream in listener.incoming() {
        let document = document.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = stream.and_then(|stream| answer(stream, &document)) {
            eprintln!("origin: {error}");
        }
    }
}

fn answer(mut stream: TcpStream, document: &Document) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut head = String::new();
    let mut request = BufReader::new(&stream);
    while request.read_line(&mut head)? > "\r\n".len() {}
    let Document { etag, body } = document;
    if header(&head, "If-None-Match") == Some(etag) {
        return write!(stream, "HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\nConnection: close\r\n\r\n");
    }
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
