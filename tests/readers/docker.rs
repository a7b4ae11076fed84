//! docker's own client as a reader of env files: it reads `--env-file` itself and sends what it has read to its
//! daemon, whose part is played here. No container is made.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};

const DOCKER: &[&str] = &["/usr/local/bin/docker", "/usr/bin/docker"];

fn program() -> Option<&'static str> {
    DOCKER.iter().copied().find(|path| Path::new(path).exists())
}

pub fn is_here() -> bool {
    program().is_some()
}

/// What docker would give a container; nothing where it refuses the file.
pub fn read(file: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, socket) = (folder.path().join("file.env"), folder.path().join("socket"));
    fs::write(&path, file).expect("a file");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let daemon = std::thread::spawn(move || {
        for stream in listener.incoming() {
            if let Some(answer) = serve(stream.expect("a connection")) {
                return answer;
            }
        }
        None
    });
    let mut command = Command::new(program().expect("docker"));
    command.args(["create", "--env-file"]).arg(&path).arg("image");
    command.env_clear().env("HOME", folder.path()).env("DOCKER_HOST", format!("unix://{}", socket.display()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().expect("docker starts");
    // A word that ends the daemon, where docker has never asked for a container.
    let _ = UnixStream::connect(&socket).map(|mut stream| stream.write_all(b"END\r\n\r\n"));
    let environment = daemon.join().expect("the daemon ends");
    status.success().then(|| environment.expect("docker asked for a container"))
}

type Answer = Option<BTreeMap<String, Vec<u8>>>;

/// One connection: some when the daemon is done.
fn serve(stream: UnixStream) -> Option<Answer> {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut writer = stream;
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).expect("a line") == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            head.push(line);
        }
        let request = head.first().cloned().unwrap_or_default();
        if request.starts_with("END") {
            return Some(None);
        }
        let length = head
            .iter()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned))
            .map_or(0, |text| text.trim().parse().expect("a length"));
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let (status, answer) = if request.contains("/containers/create") {
            ("201 Created", r#"{"Id":"0123456789ab","Warnings":[]}"#)
        } else {
            ("200 OK", "OK")
        };
        let answer = if request.starts_with("HEAD ") { "" } else { answer };
        write!(
            writer,
            "HTTP/1.1 {status}\r\nApi-Version: 1.47\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )
        .expect("an answer");
        if request.contains("/containers/create") {
            return Some(Some(environment(&body)));
        }
    }
}

fn environment(body: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let request: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    let list = request["Env"].as_array().cloned().unwrap_or_default();
    let pairs = list.iter().filter_map(|pair| pair.as_str()?.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
}
