use super::*;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn what_lies_in_a_folder_is_told_from_what_lies_in_folders_below() {
    let (bucket, _folder) = in_folder();
    let listed = async |prefix, limit| {
        let ObjectFolder { mut folders, mut objects, has_more } = bucket.list_folder(prefix, limit).await.unwrap();
        folders.sort();
        objects.sort();
        (folders, objects, has_more)
    };
    assert_eq!(listed("", 10).await, (vec![], vec![], false));
    for name in ["a/1", "a/b/2", "a/b/3", "ab/4", "c"] {
        put(&bucket, name, "text").await;
    }
    assert_eq!(listed("", 10).await, (names(&["a", "ab"]), names(&["c"]), false));
    assert_eq!(listed("a/", 10).await, (names(&["a/b"]), names(&["a/1"]), false));
    let (folders, objects, has_more) = listed("", 2).await;
    assert_eq!((folders.len() + objects.len(), has_more), (2, true));
}

#[tokio::test]
async fn a_folder_of_a_cloud_is_read_page_by_page_as_far_as_it_is_asked_for() {
    const FIRST: &str = "<ListBucketResult><IsTruncated>true</IsTruncated>\
        <NextContinuationToken>more</NextContinuationToken>\
        <CommonPrefixes><Prefix>in here/f/sub/</Prefix></CommonPrefixes>\
        <Contents><Key>in here/f/</Key><LastModified>2023-11-14T22:13:20Z</LastModified><Size>0</Size></Contents>\
        <Contents><Key>in here/f/a.png</Key><LastModified>2023-11-14T22:13:20Z</LastModified><Size>5</Size></Contents>\
        </ListBucketResult>";
    const LAST: &str = "<ListBucketResult>\
        <Contents><Key>in here/f/b.png</Key><LastModified>2023-11-14T22:13:20Z</LastModified><Size>5</Size></Contents>\
        </ListBucketResult>";
    let script: Script = |_, head| {
        let body = if head.contains("continuation-token=more") { LAST } else { FIRST };
        Some(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    };
    let Scripted { bucket, asked, .. } = scripted(LONG, script).await;
    let folders = names(&["f/sub"]);
    let all = ObjectFolder { folders: folders.clone(), objects: names(&["f/a.png", "f/b.png"]), has_more: false };
    assert_eq!(bucket.list_folder("f/", 10).await, Ok(all));
    let some = ObjectFolder { folders, objects: names(&["f/a.png"]), has_more: true };
    assert_eq!(bucket.list_folder("f/", 1).await, Ok(some));
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 3);
    assert!(asked[0].contains("delimiter=%2F") && asked[0].contains("prefix=in+here%2Ff%2F"), "{}", asked[0]);
}
