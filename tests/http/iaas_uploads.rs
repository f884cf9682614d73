//! Uploads in the dialect of iaas: a token for an id, and then a picture that shows it.

use std::fs;

use image::ImageFormat;
use serde_json::Value;

use crate::client::{Answer, Pending};
use crate::pictures::{BLUE, GREEN, RED, WHITE, are_close, decoded, jpeg, plain, quarter_colours, quarters, written};
use crate::server::{Place, Server};

const MOUNTED: (&str, &str) = ("IMAGE_PROXY_DIALECTS", "iaas=/");
const BOUNDARY: &str = "a-boundary-of-a-form";

fn serve(place: &Place, json: &str) -> Server {
    let config = place.outside().join("config.json");
    fs::write(&config, json).unwrap();
    let root = place.root();
    let deposit = ("IMAGE_PROXY_DEPOSIT_PATH", root.to_str().unwrap());
    place.serve(&[MOUNTED, deposit, ("IMAGE_PROXY_IAAS_CONFIG", config.to_str().unwrap())])
}

fn post(server: &Server, target: &str, headers: &str, body: &[u8]) -> Answer {
    begin_post(server, target, headers, body).answer()
}

fn begin_post(server: &Server, target: &str, headers: &str, body: &[u8]) -> Pending {
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        server.address(),
        body.len()
    );
    Pending::send_bytes(server.address(), &[head.as_bytes(), body].concat(), true)
}

fn ask_token(server: &Server, question: &str) -> Answer {
    post(server, "/token", "Content-Type: application/json\r\n", question.as_bytes())
}

fn token(server: &Server, id: &str) -> String {
    let answer = ask_token(server, &format!("{{\"id\": \"{id}\"}}"));
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json"), "{}", answer.text());
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    told["token"].as_str().unwrap().to_owned()
}

fn form(field: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.bin\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

fn upload(server: &Server, target: &str, token: &str, body: &[u8]) -> Answer {
    let headers = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nX-Token: {token}\r\n");
    post(server, target, &headers, body)
}

#[test]
fn a_picture_is_uploaded_with_a_token_for_its_id_and_then_served() {
    let place = Place::new();
    let server = serve(&place, "{}");
    let picture = written(&quarters(120, 80, [RED, GREEN, BLUE, WHITE]), ImageFormat::Png);
    let given = token(&server, "my_city");
    assert_eq!(upload(&server, "/my_city.jpg", "another", &form("image", &picture)).status, 403);
    let answer = upload(&server, "/my_city.jpg", &given, &form("image", &picture));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = serde_json::json!({"status": "OK", "id": "my_city", "original_height": 80, "original_width": 120});
    assert_eq!(told, expected);
    assert_eq!(fs::read(place.root().join("my_city")).unwrap(), picture);
    let served = server.get("/my_city_60_60.jpg");
    assert_eq!((served.status, decoded(&served.body).dimensions()), (200, (60, 40)));
    assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"));
    let again = upload(&server, "/my_city.jpg", &given, &form("image", &plain([1, 2, 3])));
    assert_eq!(again.status, 403, "a token is good once");
    assert_eq!(ask_token(&server, "{\"id\": \"my_city\"}").status, 403);
    // The book of tokens ends with the program, and what is there stays what it is.
    let next = serve(&place, "{}");
    let given = token(&next, "my_city");
    assert_eq!(upload(&next, "/my_city", &given, &form("image", &plain([1, 2, 3]))).status, 403);
    assert_eq!(fs::read(place.root().join("my_city")).unwrap(), picture);
}

#[test]
fn of_two_hundred_attempts_at_two_servers_one_has_the_token_and_one_the_id() {
    let place = Place::new();
    let shared = format!("file://{}/shared", place.outside().display());
    let root = place.root();
    let settings = [
        MOUNTED,
        ("IMAGE_PROXY_DEPOSIT_PATH", root.to_str().unwrap()),
        ("IMAGE_PROXY_RESULTS_URL", &shared),
        ("IMAGE_PROXY_ENABLE_CACHE", "true"),
    ];
    let servers = [(); 2].map(|()| place.serve(&settings));
    let statuses = |request: &dyn Fn(&Server) -> Pending| {
        let pending: Vec<_> = (0..100).flat_map(|_| servers.iter()).map(request).collect();
        pending.into_iter().map(|pending| pending.answer()).partition::<Vec<_>, _>(|answer| answer.status == 200)
    };
    let (given, refused) =
        statuses(&|server| begin_post(server, "/token", "Content-Type: application/json\r\n", b"{\"id\": \"a\"}"));
    assert_eq!(given.len(), 1);
    assert!(refused.iter().all(|answer| answer.status == 403));
    let told: Value = serde_json::from_slice(&given[0].body).unwrap();
    let headers = format!(
        "Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nX-Token: {}\r\n",
        told["token"].as_str().unwrap()
    );
    let body = form("image", &plain([1, 2, 3]));
    let (kept, refused) = statuses(&|server| begin_post(server, "/a", &headers, &body));
    assert_eq!(kept.len(), 1);
    assert!(refused.iter().all(|answer| answer.status == 403));
    for server in &servers {
        assert_eq!(server.get("/a.png").status, 200);
    }
}

#[test]
fn a_token_is_given_for_the_name_of_a_file_once_and_to_those_who_know_the_secret() {
    let place = Place::new();
    let open = serve(&place, "{}");
    for question in ["", "no json", "{}", "{\"id\": null}", "{\"id\": [1]}", "{\"id\": \"a/b\"}", "{\"id\": \"../a\"}"]
    {
        assert_eq!(ask_token(&open, question).status, 400, "{question}");
    }
    token(&open, "a");
    let second = ask_token(&open, "{\"id\": \"a\"}");
    assert_eq!((second.status, second.text().contains("The requested image_id is already requested")), (403, true));
    let closed = serve(&place, "{\"secret\": \"open sesame\"}");
    for question in ["{\"id\": \"a\"}", "{\"id\": \"a\", \"secret\": \"open\"}", "{\"id\": \"a\", \"secret\": 5}"] {
        let refused = ask_token(&closed, question);
        assert_eq!(refused.status, 401, "{question}");
        assert!(refused.text().contains("A secret key is required for this server"), "{}", refused.text());
    }
    assert_eq!(ask_token(&closed, "{\"id\": \"a\", \"secret\": \"open sesame\"}").status, 200);
}

#[test]
fn what_is_no_picture_or_too_large_is_refused_and_the_id_is_free_again() {
    let place = Place::new();
    let server = serve(&place, "{\"constraints\": {\"max_input\": 0.003}}");
    let large = written(&quarters(60, 50, [RED, GREEN, BLUE, WHITE]), ImageFormat::Png);
    for body in [form("image", b"no picture"), form("image", b""), form("image", &large)] {
        let given = token(&server, "a");
        assert_eq!(upload(&server, "/a", &given, &body).status, 413);
        assert_eq!(
            upload(&server, "/a", &given, &form("image", &plain([1, 2, 3]))).status,
            403,
            "it was freed, not kept"
        );
    }
    let given = token(&server, "a");
    assert_eq!(upload(&server, "/a", &given, &form("picture", &large)).status, 400);
    assert_eq!(ask_token(&server, "{\"id\": \"a\"}").status, 403, "without a picture the token is used up");
    assert_eq!(fs::read_dir(place.root()).unwrap().count(), 0);
}

#[test]
fn a_client_that_leaves_gives_its_id_back() {
    let place = Place::new();
    let server = serve(&place, "{}");
    let given = token(&server, "a");
    let mut pending = Pending::connect(server.address());
    let head = format!(
        "POST /a HTTP/1.1\r\nHost: {}\r\nContent-Length: 5000\r\nX-Token: {given}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n--{BOUNDARY}\r\n",
        server.address()
    );
    pending.say(head.as_bytes()).unwrap();
    server.wait_until_in_flight(1);
    drop(pending);
    server.wait_until("the id is free", |server| ask_token(server, "{\"id\": \"a\"}").status == 200);
}

#[test]
fn what_is_kept_is_upright_and_no_larger_than_may_be_and_the_part_that_was_asked_for() {
    let place = Place::new();
    let server = serve(&place, "{\"constraints\": {\"max_on_disk\": 0.0025}}");
    // Stored on its side: shown, it stands with red above, and 60 pixels are wide and 90 high.
    let stored = jpeg(&quarters(90, 60, [RED, GREEN, RED, BLUE]));
    let turned = with_orientation(&stored, 6);
    for (target, dimensions) in [("/whole", (33, 50)), ("/part?x=45&y=0&width=45&height=30", (30, 45))] {
        let id = target[1..].split('?').next().unwrap();
        let given = token(&server, id);
        let answer = upload(&server, target, &given, &form("image", &turned));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        let told = (told["original_width"].as_u64().unwrap(), told["original_height"].as_u64().unwrap());
        assert_eq!(told, dimensions, "{target}");
        let kept = decoded(&fs::read(place.root().join(id)).unwrap());
        assert_eq!((u64::from(kept.width()), u64::from(kept.height())), dimensions, "{target}");
        let expected = if id == "part" { [GREEN; 4] } else { [RED, RED, BLUE, GREEN] };
        assert!(are_close(&quarter_colours(&kept), &expected), "{target}: {:?}", quarter_colours(&kept));
    }
    let given = token(&server, "outside");
    assert_eq!(upload(&server, "/outside?x=90&y=0&width=5&height=5", &given, &form("image", &turned)).status, 400);
}

/// The same JPEG with an EXIF orientation.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length[..], &exif[..], &jpeg[2..]].concat()
}
