//! An HTTP origin on the loopback, and the client for it: as much of HTTP/1.1 as one request per connection needs.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How it answers, and after how long.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mood {
    Answers(Duration),
    Fails(Duration),
}

impl fmt::Display for Mood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answers(after) => write!(f, "200 OK after {after:?}"),
            Self::Fails(after) => write!(f, "503 Service Unavailable after {after:?}"),
        }
    }
}

pub(crate) struct Origin {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    mood: Mutex<Mood>,
    requests: AtomicU64,
}

impl Origin {
    pub(crate) async fn start(mood: Mood) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { mood: Mutex::new(mood), requests: AtomicU64::new(0) });
        tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { address, state })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.state.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// How many it got so far.
    pub(crate) fn requests(&self) -> u64 {
        self.state.requests.load(Relaxed)
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        // A client that went away is no concern of the origin's.
        tokio::spawn(answer(stream, Arc::clone(&state)));
    }
}

async fn answer(stream: TcpStream, state: Arc<State>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 2 {
        line.clear(); // the head ends with an empty line
    }
    let number = state.requests.fetch_add(1, Relaxed) + 1;
    let mood = *state.mood.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, body, after) = match mood {
        Mood::Answers(after) => ("200 OK", format!("rates no. {number}"), after),
        Mood::Fails(after) => ("503 Service Unavailable", String::new(), after),
    };
    tokio::time::sleep(after).await;
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await
}

/// The body of the answer, if it is `200 OK`.
pub(crate) async fn fetch(origin: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(origin).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {origin}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.lines().next().unwrap_or_default();
    match status.strip_prefix("HTTP/1.1 ") {
        Some("200 OK") => Ok(body.to_owned()),
        _ => Err(io::Error::other(format!("the origin said {status:?}"))),
    }
}
