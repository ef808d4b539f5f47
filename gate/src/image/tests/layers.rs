//! Layers on one another, and entries that no image should have.

use super::*;

#[test]
fn later_layers_add_replace_and_hide() {
    let below =
        json!([{"path": "a/x", "text": "1"}, {"path": "a/y", "text": "1"}, {"path": "b", "text": "1"}]);
    assert_eq!(
        seen(&[below.clone(), json!([{"path": "a/.wh.x"}])]),
        ["/a/y", "/b"]
    );
    assert_eq!(seen(&[below.clone(), json!([{"path": ".wh.a"}])]), ["/b"]);
    assert_eq!(
        seen(&[
            below.clone(),
            json!([{"path": "a/.wh..wh..opq"}, {"path": "a/z", "text": "2"}])
        ]),
        ["/a/z", "/b"]
    );
    assert_eq!(
        seen(&[below.clone(), json!([{"path": "a", "text": "2"}])]),
        ["/a", "/b"]
    );
    assert_eq!(
        seen(&[below.clone(), json!([{"path": "a", "kind": "directory"}])]),
        ["/a", "/a/x", "/a/y", "/b"]
    );
    assert_eq!(
        seen(&[below, json!([{"path": ".wh..wh.plnk", "text": "x"}])]),
        ["/a/x", "/a/y", "/b"]
    );
}

#[test]
fn a_whiteout_hides_nothing_of_its_own_layer() {
    let layer = json!([{"path": "a", "text": "1"}, {"path": ".wh.a"}, {"path": ".wh..wh..opq"}]);
    assert_eq!(seen(&[layer]), ["/a"]);
}

#[test]
fn a_name_that_begins_like_another_is_another() {
    let below =
        json!([{"path": "a/x", "text": "1"}, {"path": "a-b", "text": "1"}, {"path": "ab/x", "text": "1"}]);
    assert_eq!(seen(&[below, json!([{"path": ".wh.a"}])]), ["/a-b", "/ab/x"]);
}

#[test]
fn parents_that_are_links_are_followed_inside_the_image() {
    let below = json!([{"path": "usr/bin", "kind": "directory"}, {"path": "bin", "kind": "symlink", "target": "usr/bin"}]);
    let above = json!([{"path": "bin/sh", "text": "x"}]);
    assert_eq!(seen(&[below, above]), ["/bin", "/usr/bin", "/usr/bin/sh"]);
    let root = json!([{"path": "etc", "kind": "directory"}, {"path": "x", "kind": "symlink", "target": "/etc"}, {"path": "x/y", "text": "x"}]);
    assert_eq!(seen(&[root]), ["/etc", "/etc/y", "/x"]);
}

#[test]
fn links_are_resolved_as_a_container_does() {
    let contents = image_of(&[json!([
        {"path": "real/file", "text": "x"},
        {"path": "absolute", "kind": "symlink", "target": "/real"},
        {"path": "deep/relative", "kind": "symlink", "target": "../absolute/./file"},
        {"path": "turning", "kind": "symlink", "target": "turning"},
        {"path": "again", "kind": "hardlink", "target": "real/file"},
    ])])
    .contents
    .unwrap();
    let path = |path| contents.find(path).map(|file| file.path.as_str());
    assert_eq!(path("/deep/relative"), Some("/real/file"));
    assert_eq!(path("/deep/../../../absolute/file"), Some("/real/file"));
    assert_eq!(path("/turning"), None);
    assert_eq!(path("/real/file/below"), None);
    let again = contents.find("/again").unwrap();
    assert_eq!(contents.target(again).path, "/real/file");
}

#[test]
fn entries_that_lead_out_or_make_no_sense_are_defects() {
    let cases = [
        (
            json!({"path": "a/../../x", "text": "x"}),
            "`a/../../x` in layer 1 leads out of the image with `..`",
        ),
        (
            json!({"path": "a/l", "kind": "symlink", "target": "../../x"}),
            "`a/l` in layer 1 is a link that leads out of the image: `../../x`",
        ),
        (
            json!({"path": "l", "kind": "hardlink", "target": "absent"}),
            "`l` in layer 1 is another name for `absent`, which is not there",
        ),
        (
            json!({"path": "dev/sda", "kind": "device"}),
            "`dev/sda` in layer 1 is a device",
        ),
        (
            json!({"path": ".wh."}),
            "`.wh.` in layer 1 hides no file that could be in the image",
        ),
        (
            json!({"path": ".wh..."}),
            "`.wh...` in layer 1 hides no file that could be in the image",
        ),
    ];
    for (entry, expected) in cases {
        let image = image_of(&[json!([entry, {"path": "kept", "text": "x"}])]);
        let found: Vec<_> = image.errors.iter().map(ToString::to_string).collect();
        assert_eq!(found, [expected]);
        let contents = image.contents.unwrap();
        assert_eq!(contents.visible().count(), 1, "{expected}");
    }
}

#[test]
fn a_link_inside_the_image_is_no_defect() {
    let layer =
        json!([{"path": "a/b/l", "kind": "symlink", "target": "../../x"}, {"path": "x", "text": "x"}]);
    assert_eq!(seen(&[layer]), ["/a/b/l", "/x"]);
}

#[test]
fn chains_of_links_without_an_end_are_defects() {
    let image = image_of(&[json!([
        {"path": "a", "kind": "symlink", "target": "b"},
        {"path": "b", "kind": "symlink", "target": "a"},
        {"path": "a/x", "text": "x"},
    ])]);
    let found: Vec<_> = image.errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        ["`a/x` in layer 1 lies behind a chain of links that does not end"]
    );
}

#[test]
fn bytes_that_are_no_text_keep_names_apart() {
    let mut archive = archive(&[
        json!({"path": "name-?", "text": "x"}),
        json!({"path": "name-!", "text": "x"}),
    ]);
    for (mark, byte) in [(b'?', 0xff_u8), (b'!', 0xfe)] {
        let at = archive
            .windows(6)
            .position(|window| window == [b"name-", &[mark][..]].concat())
            .unwrap();
        archive[at + 5] = byte;
        let header = &mut archive[at..at + 512];
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    let folder = tempfile::tempdir().unwrap();
    around_layer(
        folder.path(),
        &archive,
        &archive,
        "application/vnd.oci.image.layer.v1.tar",
    );
    let inspected = inspect(folder.path(), "image", &Limits::default());
    assert_eq!(errors(&inspected), [""; 0]);
    let contents = inspected.images[0].contents.as_ref().unwrap();
    let paths: Vec<_> = contents.visible().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, [r"/name-\xfe", r"/name-\xff"]);
}

#[test]
fn what_follows_the_end_of_an_archive_is_an_error() {
    let mut whole = archive(&[json!({"path": "a", "text": "x"})]);
    assert_eq!(errors_of_archive(&whole), [""; 0]);
    whole.extend(archive(&[json!({"path": "hidden", "text": "x"})]));
    assert_eq!(
        errors_of_archive(&whole),
        ["layer 1 could not be unpacked: something follows the end of the archive"]
    );
}

#[test]
fn an_archive_that_is_cut_off_is_an_error() {
    let whole = archive(&[json!({"path": "a", "text": "x".repeat(2000)})]);
    let found = errors_of_archive(&whole[..1500]);
    assert!(
        found[0].starts_with("layer 1 could not be unpacked: "),
        "{found:?}"
    );
}

#[test]
fn extended_headers_with_two_readings_are_defects() {
    let with = |records: &[(&str, &[u8])]| {
        let mut builder = tar::Builder::new(Vec::new());
        builder.append_pax_extensions(records.iter().copied()).unwrap();
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        header.set_mode(0o644);
        builder.append_data(&mut header, "a", &b""[..]).unwrap();
        errors_of_archive(&builder.into_inner().unwrap())
    };
    assert_eq!(with(&[("path", b"b")]), [""; 0]);
    assert_eq!(
        with(&[("path", b"b"), ("path", b"c")]),
        ["`b` in layer 1 has an extended header that says one thing twice"]
    );
    assert_eq!(
        with(&[("GNU.sparse.name", b"b")]),
        ["`a` in layer 1 is a sparse file in a form in which its name has two readings"]
    );
}

#[test]
fn a_list_that_cannot_be_read_is_an_error_and_no_defect() {
    let image = image_of(&[json!([{"path": "a", "elf": {"packages": "nonsense"}}])]);
    assert_eq!(image.errors.len(), 1);
    assert!(
        image.errors[0]
            .to_string()
            .starts_with("the dependency list embedded in `/a` (layer 1) could not be read: "),
        "{}",
        image.errors[0]
    );
    assert!(!image.errors[0].is_defect());
}

#[test]
fn programs_show_their_list_wherever_they_lie() {
    let packages = json!([{"name": "hello", "version": "0.1.0", "source": "local", "root": true}]);
    let image = image_of(&[
        json!([{"path": "usr/bin", "kind": "directory"}, {"path": "bin", "kind": "symlink", "target": "usr/bin"}]),
        json!([{"path": "bin/hello", "elf": {"packages": packages}}]),
        json!([{"path": "bin/.wh.hello"}]),
    ]);
    let programs: Vec<_> = image.programs().collect();
    let (file, program) = programs[0];
    assert_eq!((file.layer, file.path.as_str()), (2, "/usr/bin/hello"));
    let list = program.embedded.as_ref().unwrap();
    assert_eq!(list.path, "/usr/bin/hello");
    assert_eq!(list.packages[0].name, "hello");
    assert!(image.contents.as_ref().unwrap().is_hidden(file));
}
