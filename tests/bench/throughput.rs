//! How many requests a second the mock answers, next to an HTTP server that does nothing.

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::thread;

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::samples::{Samples, timed};
use crate::service::Service;

/// How many identity providers are stored.
pub(crate) const STORED: usize = 1000;
/// How many connections ask at once.
const CONNECTIONS: usize = 4;

/// Requests per second.
pub(crate) struct Throughput {
    /// `GET` of one identity provider, authenticated and written into the journal.
    pub(crate) mock: Samples,
    /// An empty handler of axum's, on a thread like the mock's.
    pub(crate) floor: Samples,
}

/// Asks both for `requests` answers, `times` times in turns.
pub(crate) fn measure(requests: usize, times: usize) -> Throughput {
    let service = Service::start(0);
    service.create(STORED);
    let ids = service.ids();
    let one = ids.get(ids.len() / 2).unwrap();
    let ours = Asked {
        address: service.address(),
        path: format!("{}/{one}", service.identity_providers()),
        token: service.token().to_owned(),
    };
    let empty = Asked { address: empty_handler(), path: "/".to_owned(), token: String::new() };
    let mut found = Throughput { mock: Samples::default(), floor: Samples::default() };
    // The first round warms up.
    for round in 0..=times {
        let (floor, mock) = (empty.per_second(requests), ours.per_second(requests));
        if round > 0 {
            found.floor.add(floor);
            found.mock.add(mock);
        }
        service.forget();
    }
    found
}

/// Serves on a thread of its own until the process ends.
fn empty_handler() -> String {
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap().to_string()).unwrap();
            axum::serve(listener, Router::new().route("/", get(|| async {}))).await.unwrap();
        });
    });
    told.recv().unwrap()
}

#[derive(Clone)]
struct Asked {
    address: String,
    path: String,
    token: String,
}

impl Asked {
    fn per_second(&self, requests: usize) -> f64 {
        let each = requests / CONNECTIONS;
        let ((), time) = timed(|| {
            let threads = (0..CONNECTIONS).map(|_| {
                let asked = self.clone();
                thread::spawn(move || asked.ask(each))
            });
            for thread in threads.collect::<Vec<_>>() {
                thread.join().unwrap();
            }
        });
        (each * CONNECTIONS) as f64 / time * 1000.0
    }

    /// One request after another on one connection. Written by hand, so that asking costs next to nothing.
    fn ask(&self, requests: usize) {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!(
            "GET {} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
            self.path, self.address, self.token
        );
        let mut answers = BufReader::with_capacity(16 << 10, stream.try_clone().unwrap());
        let mut stream = stream;
        for _ in 0..requests {
            stream.write_all(request.as_bytes()).unwrap();
            read_answer(&mut answers);
        }
    }
}

fn read_answer(answers: &mut impl std::io::BufRead) {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
    let mut length = 0;
    loop {
        line.clear();
        answers.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    answers.read_exact(&mut body).unwrap();
}

impl Throughput {
    pub(crate) fn json(&self) -> Value {
        json!({"unit": "requests per second", "stored": STORED, "connections": CONNECTIONS,
            "mock": self.mock.json(), "empty_handler": self.floor.json()})
    }
}
