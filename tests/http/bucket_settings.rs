//! The settings of stores: what is wrong with them is told before anything is served, and never with a secret.

use std::net::TcpListener;
use std::process::Output;

use crate::pictures::plain;
use crate::server::Place;
use crate::shelf::{ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, Shelf};
use crate::upstream::Reply;

fn run(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    Place::new().command(variables).args(arguments).output().unwrap()
}

/// All that was printed, with no secret in it.
fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    for secret in [ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, "hidden"] {
        assert!(!text.contains(secret), "{text}");
    }
    text
}

#[test]
fn what_cannot_be_opened_is_told_by_the_name_of_its_variable() {
    let url = |url| vec![("IMAGE_PROXY_ROOT_URL", url)];
    let s3 = |name, value| vec![("IMAGE_PROXY_ROOT_URL", "s3://bucket"), (name, value)];
    for (variables, named) in [
        (url("s3://hidden:hidden@bucket/x"), "IMAGE_PROXY_ROOT_URL"),
        (url("s3://hidden@bucket"), "IMAGE_PROXY_ROOT_URL"),
        (url("https://bucket.example/hidden"), "IMAGE_PROXY_ROOT_URL"),
        (url("s3://"), "IMAGE_PROXY_ROOT_URL"),
        (url("s3:///hidden"), "IMAGE_PROXY_ROOT_URL"),
        (url("s3://bucket/x?key=hidden"), "IMAGE_PROXY_ROOT_URL"),
        (vec![("IMAGE_PROXY_SOURCES", "bucket")], "IMAGE_PROXY_SOURCES"),
        (vec![("IMAGE_PROXY_SOURCES", "folder,fallback")], "IMAGE_PROXY_SOURCES"),
        (vec![("IMAGE_PROXY_SOURCES", "disk")], "IMAGE_PROXY_SOURCES"),
        (s3("IMAGE_PROXY_SOURCES", "fallback"), "IMAGE_PROXY_SOURCES"),
        (s3("IMAGE_PROXY_BUCKET_TTL", "soon"), "IMAGE_PROXY_BUCKET_TTL"),
        (s3("IMAGE_PROXY_BUCKET_MISSING_STATUSES", "500"), "IMAGE_PROXY_BUCKET_MISSING_STATUSES"),
        (s3("AWS_ACCESS_KEY_ID", "hidden"), "AWS_SECRET_ACCESS_KEY"),
        (s3("AWS_SECRET_ACCESS_KEY", "hidden"), "AWS_ACCESS_KEY_ID"),
        (s3("AWS_ENDPOINT_URL", "http://me:hidden@host"), "AWS_ENDPOINT_URL"),
        (url("az://container"), "AZURE_STORAGE_ACCOUNT_NAME"),
    ] {
        let output = run(&variables, &[]);
        assert_eq!(output.status.code(), Some(78), "{variables:?}");
        assert!(said(&output).contains(named), "{variables:?}: {}", said(&output));
    }
}

#[test]
fn without_a_bucket_nothing_is_tried_and_the_order_may_leave_a_source_out() {
    let output = run(&[("IMAGE_PROXY_SOURCES", "folder")], &["--check-config"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!said(&output).contains(": read"), "{}", said(&output));
}

/// What is said of a store, and how the check ends.
fn checked(shelf: &Shelf, variables: &[(&str, &str)]) -> (Option<i32>, Vec<String>) {
    let output = run(&shelf.variables(variables), &["--check-config"]);
    let lines = said(&output);
    assert!(lines.contains("AWS_SECRET_ACCESS_KEY=…"), "{lines}");
    let tried = lines.lines().filter_map(|line| line.strip_prefix("IMAGE_PROXY_ROOT_URL: "));
    (output.status.code(), tried.map(str::to_owned).collect())
}

#[test]
fn a_store_is_tried_and_what_it_allows_is_told() {
    let listing = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    let shelf = Shelf::faulty(&[("a.png", plain([1, 2, 3]))], move |asked, reply| {
        if asked.target.contains("list-type=2") {
            Reply::with("200 OK", &[], listing.as_bytes())
        } else if asked.header("content-length").is_some() {
            Reply::with("403 Forbidden", &[], b"<Error><Code>AccessDenied</Code></Error>")
        } else {
            reply
        }
    });
    let (status, lines) = checked(&shelf, &[]);
    assert_eq!(lines, ["read ok", "list ok", "write failed: the store refused a request (403 AccessDenied)"]);
    assert_eq!(status, Some(0));
    let refusing = Shelf::faulty(&[("a.png", b"")], |_, _| Reply::status("403 Forbidden"));
    let (status, lines) = checked(&refusing, &[]);
    assert_eq!(status, Some(1));
    assert_eq!(lines[0], "read failed: the store refused a request (403)");
    let dead = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let (status, lines) = checked(&shelf, &[("AWS_ENDPOINT_URL", &dead)]);
    assert_eq!(status, Some(1));
    assert!(lines[0].starts_with("read failed: the store could not be reached"), "{lines:?}");
    assert_eq!(lines[3..], ["the store cannot be read"]);
}
