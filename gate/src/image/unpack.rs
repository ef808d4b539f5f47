//! From the bytes of a layer to its tar stream: plain, gzip or zstd, never more than the limits allow.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Limits;

/// How a layer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

impl Compression {
    /// What a media type says; none for one that is not a layer's.
    pub(super) fn of_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            "application/vnd.oci.image.layer.v1.tar"
            | "application/vnd.oci.image.layer.nondistributable.v1.tar"
            | "application/vnd.docker.image.rootfs.diff.tar" => Some(Self::Plain),
            "application/vnd.oci.image.layer.v1.tar+gzip"
            | "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
            | "application/vnd.docker.image.rootfs.diff.tar.gzip"
            | "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" => Some(Self::Gzip),
            "application/vnd.oci.image.layer.v1.tar+zstd"
            | "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"
            | "application/vnd.docker.image.rootfs.diff.tar.zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What the first bytes of a layer say.
    pub(super) fn of_content(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// Name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "an uncompressed archive",
            Self::Gzip => "gzip data",
            Self::Zstd => "zstd data",
        }
    }
}

/// The uncompressed bytes of a layer of `size` bytes. Once it gives more than the limits allow, reading fails with
/// [`io::ErrorKind::FileTooLarge`].
pub(super) fn unpack<'a>(
    layer: impl Read + 'a,
    size: u64,
    compression: Compression,
    limits: &Limits,
    already: u64,
) -> Capped<Box<dyn Read + 'a>> {
    let layer = BufReader::new(layer);
    let reader: Box<dyn Read + 'a> = match compression {
        Compression::Plain => Box::new(layer),
        Compression::Gzip => Box::new(MultiGzDecoder::new(layer)),
        Compression::Zstd => Box::new(Zstd::new(layer)),
    };
    let by_ratio = match compression {
        Compression::Plain => u64::MAX,
        Compression::Gzip | Compression::Zstd => limits.ratio_floor.max(size.saturating_mul(limits.ratio)),
    };
    Capped {
        inner: reader,
        count: 0,
        limit: by_ratio.min(limits.uncompressed.saturating_sub(already)),
    }
}

/// Refuses to give more bytes than a limit.
pub(super) struct Capped<R> {
    inner: R,
    count: u64,
    limit: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        if self.count > self.limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "more bytes than allowed",
            ));
        }
        Ok(count)
    }
}

/// All frames of a zstd stream, one after the other; frames that carry no data are passed over.
struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            inside: false,
        }
    }

    /// Goes to the next frame with data; false at the end of the stream.
    fn enter(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => self.skip(length.into())?,
                Err(error) => return Err(invalid(&error)),
            }
        }
        Ok(false)
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        let mut frame = (&mut self.source).take(length);
        if io::copy(&mut frame, &mut io::sink())? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn invalid(error: &FrameDecoderError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.inside || self.enter()? {
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(|error| invalid(&error))?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.inside = false;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn unpacked(bytes: &[u8], compression: Compression, limits: &Limits) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        unpack(bytes, bytes.len() as u64, compression, limits, 0).read_to_end(&mut out)?;
        Ok(out)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_frames_of_zstd_and_all_members_of_gzip_are_read() {
        let limits = Limits::default();
        let frame = |bytes: &[u8]| compress_to_vec(bytes, CompressionLevel::Fastest);
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let zstd = [frame(b"one "), skippable.to_vec(), frame(b""), frame(b"two")].concat();
        assert_eq!(unpacked(&zstd, Compression::Zstd, &limits).unwrap(), b"one two");
        let members = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(
            unpacked(&members, Compression::Gzip, &limits).unwrap(),
            b"one two"
        );
    }

    #[test]
    fn data_that_is_cut_off_is_an_error() {
        let limits = Limits::default();
        let text = b"some text that is long enough to be cut".repeat(20);
        let zstd = compress_to_vec(&text[..], CompressionLevel::Fastest);
        for (whole, compression) in [(zstd, Compression::Zstd), (gzip(&text), Compression::Gzip)] {
            assert_eq!(unpacked(&whole, compression, &limits).unwrap(), text);
            let cut = &whole[..whole.len() - 5];
            assert!(unpacked(cut, compression, &limits).is_err(), "{compression:?}");
        }
    }

    #[test]
    fn a_layer_that_grows_beyond_the_ratio_is_refused() {
        let limits = Limits {
            ratio: 100,
            ratio_floor: 1000,
            ..Limits::default()
        };
        let bomb = gzip(&vec![0; 1 << 20]);
        let error = unpacked(&bomb, Compression::Gzip, &limits).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(
            unpacked(&bomb, Compression::Gzip, &Limits::default())
                .unwrap()
                .len(),
            1 << 20
        );
    }

    #[test]
    fn a_layer_that_grows_beyond_the_total_is_refused() {
        let limits = Limits {
            uncompressed: 10,
            ..Limits::default()
        };
        assert!(unpacked(b"0123456789", Compression::Plain, &limits).is_ok());
        let error = unpacked(b"0123456789x", Compression::Plain, &limits).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
