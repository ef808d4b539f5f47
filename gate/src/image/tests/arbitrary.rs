//! Whatever the bytes are: an answer, never a panic, and nothing sound that was changed.

use proptest::prelude::*;

use super::*;

fn whole() -> Vec<u8> {
    let packages = json!([{"name": "hello", "version": "0.1.0", "source": "local", "root": true}]);
    archive(&[
        json!({"path": "usr/bin", "kind": "directory"}),
        json!({"path": "bin", "kind": "symlink", "target": "usr/bin"}),
        json!({"path": "bin/hello", "elf": {"packages": packages, "interpreter": "/lib/ld"}, "capabilities": true}),
        json!({"path": "again", "kind": "hardlink", "target": "bin/hello"}),
        json!({"path": "etc/passwd", "text": "app:x:65532:65532::/:/\n"}),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_layer_with_changed_bytes_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = whole();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        let folder = tempfile::tempdir().unwrap();
        around_layer(folder.path(), &bytes, &bytes, "application/vnd.oci.image.layer.v1.tar");
        let image = inspect(folder.path(), "image", &Limits::default()).images.remove(0);
        prop_assert_eq!(image.contents.is_none(), image.errors.iter().any(|error| matches!(error, ImageError::Layer { .. } | ImageError::TooMuch { .. })));
    }

    #[test]
    fn a_blob_with_a_changed_byte_is_never_sound(blob in 0..3_usize, at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let folder = tempfile::tempdir().unwrap();
        write_layout(&json!({"layers": [{"files": [{"path": "a", "text": "x"}]}]}), folder.path());
        let mut blobs: Vec<_> = folder.path().join("blobs/sha256").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        blobs.sort();
        change(&blobs[blob], at, bit);
        let image = inspect(folder.path(), "image", &Limits::default()).images.remove(0);
        prop_assert!(!image.is_sound());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test changes the blob that it wrote"
)]
fn change(blob: &Path, at: prop::sample::Index, bit: u8) {
    let mut bytes = std::fs::read(blob).unwrap();
    let at = at.index(bytes.len());
    bytes[at] ^= 1 << bit;
    std::fs::write(blob, bytes).unwrap();
}
