//! The texts of a column in one row group, encoded without a hash for each row: many rows have the same text, and callers know
//! which rows do.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use crate::runs;

/// No position yet.
const NONE: u32 = u32::MAX;

/// The texts of a column in one row group.
#[derive(Default)]
pub(crate) struct Texts {
    /// Each text once, after its length in four bytes: Parquet's plain encoding.
    dictionary: Vec<u8>,
    /// By position: the place of a text in `dictionary`.
    places: Vec<usize>,
    /// By hash of a text: its position. Of texts with equal hashes, the last one is found.
    found: HashMap<u64, u32>,
    hasher: RandomState,
    /// By key: the position of its text; `NONE` if no row of the group had the key.
    by_key: Vec<u32>,
    /// The keys that have a position in `by_key`.
    keys: Vec<usize>,
}

/// The rows of a column in one row group.
#[derive(Default)]
pub(crate) struct Rows {
    /// By row that has a text: its position.
    positions: Vec<u32>,
    /// By row: whether it has a text.
    present: Vec<bool>,
}

impl Rows {
    /// Adds a row, with the position of its text, or null.
    #[inline]
    pub(crate) fn push(&mut self, position: Option<u32>) {
        self.present.push(position.is_some());
        self.positions.extend(position);
    }
}

impl Texts {
    /// Returns the position of the text of a key. Calls `text` once for each key in a group.
    #[inline]
    pub(crate) fn keyed<T: AsRef<str>>(&mut self, key: usize, text: impl FnOnce() -> T) -> u32 {
        if key >= self.by_key.len() {
            self.by_key.resize(key + 1, NONE);
        }
        if self.by_key[key] == NONE {
            self.by_key[key] = self.position(text().as_ref());
            self.keys.push(key);
        }
        self.by_key[key]
    }

    /// Returns the position of a text, adding it if needed.
    #[inline(never)]
    pub(crate) fn position(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        if let Some(&known) = self.found.get(&hash)
            && self.dictionary[self.places[known as usize]..].starts_with(text.as_bytes())
            && self.length(known) == text.len()
        {
            return known;
        }
        // A row group has fewer rows than this, and a text of V8 fewer bytes.
        let position = u32::try_from(self.places.len()).unwrap_or(NONE);
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.dictionary.extend_from_slice(&length.to_le_bytes());
        self.places.push(self.dictionary.len());
        self.dictionary.extend_from_slice(&text.as_bytes()[..length as usize]);
        self.found.insert(hash, position);
        position
    }

    /// Returns the length of the text at a position.
    fn length(&self, position: u32) -> usize {
        let position = position as usize;
        let next = self.places.get(position + 1).map(|next| next - size_of::<u32>());
        next.unwrap_or(self.dictionary.len()) - self.places[position]
    }

    /// Forgets the texts. Keeps the memory for the next group.
    fn clear(&mut self) {
        self.dictionary.clear();
        self.places.clear();
        self.found.clear();
        for key in self.keys.drain(..) {
            self.by_key[key] = NONE;
        }
    }

    /// Encodes rows into a column chunk, a page of texts and a page of positions, and forgets both.
    pub(crate) fn finish(
        &mut self,
        rows: &mut Rows,
        column: &ColumnDescPtr,
        compressor: &mut Compressor<'_>,
        compression: Compression,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let data = self.data(rows, column.max_def_level() > 0);
        rows.positions.clear();
        let row_count = rows.present.len();
        rows.present.clear();
        let mut sink = TrackedWrite::new(Vec::new());
        let mut pages = SerializedPageWriter::new(&mut sink);
        let dictionary_page = Page::DictionaryPage {
            buf: compressor.compress(&self.dictionary)?.into(),
            num_values: count(self.places.len()),
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let first =
            pages.write_page(CompressedPage::new(dictionary_page, self.dictionary.len()))?;
        let data_page = Page::DataPage {
            buf: compressor.compress(&data)?.into(),
            num_values: count(row_count),
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let second = pages.write_page(CompressedPage::new(data_page, data.len()))?;
        self.clear();
        let metadata = metadata(column, compression, row_count, &first, &second)?;
        let chunk = Bytes::from(sink.into_inner()?);
        let close = ColumnCloseResult {
            bytes_written: chunk.len() as u64,
            rows_written: row_count as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((chunk, close))
    }

    /// Returns the data page: which rows have a text, if some can be null, and the positions.
    fn data(&self, rows: &Rows, is_optional: bool) -> Vec<u8> {
        let mut data = Vec::new();
        if is_optional {
            let mut levels = Vec::new();
            runs::encode(&rows.present, 1, &mut levels);
            data.extend_from_slice(&count(levels.len()).to_le_bytes());
            data.append(&mut levels);
        }
        let last = count(self.places.len()).saturating_sub(1);
        let width = (u32::BITS - last.leading_zeros()).max(1);
        data.push(width.to_le_bytes()[0]);
        runs::encode(&rows.positions, width as usize, &mut data);
        data
    }
}

/// Describes a chunk of two pages.
fn metadata(
    column: &ColumnDescPtr,
    compression: Compression,
    rows: usize,
    dictionary: &PageWriteSpec,
    data: &PageWriteSpec,
) -> Result<ColumnChunkMetaData, ParquetError> {
    let encodings = [Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY];
    let page = |page_type, encoding| PageEncodingStats { page_type, encoding, count: 1 };
    let sum = |a: usize, b: usize| signed(a as u64 + b as u64);
    ColumnChunkMetaData::builder(column.clone())
        .set_compression(compression)
        .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
        .set_page_encoding_stats(vec![
            page(PageType::DICTIONARY_PAGE, Encoding::PLAIN),
            page(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY),
        ])
        .set_num_values(signed(rows as u64))
        .set_total_compressed_size(sum(dictionary.compressed_size, data.compressed_size))
        .set_total_uncompressed_size(sum(dictionary.uncompressed_size, data.uncompressed_size))
        .set_dictionary_page_offset(Some(signed(dictionary.offset)))
        .set_data_page_offset(signed(data.offset))
        .build()
}

/// Converts a count of a row group, which has fewer than 2^32 rows.
fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
