//! A row group of a table: its columns, written one after the other.

use std::fs::File;

use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use crate::schema::Field;
use crate::texts::{Rows, Texts};

/// The fastest level that compresses well: columns are encoded already.
const ZSTD_LEVEL: i32 = 1;

/// Returns the compression of all columns.
pub(crate) fn compression() -> Result<Compression, ParquetError> {
    Ok(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
}

/// Descriptions of the columns, and memory that the columns of all groups use.
pub(crate) struct Encoders {
    columns: Vec<ColumnDescPtr>,
    /// By column; empty for columns that have no texts.
    texts: Vec<Texts>,
    rows: Rows,
    longs: Vec<i64>,
    levels: Vec<i16>,
    compression: Compression,
    compressor: Compressor<'static>,
}

impl Encoders {
    /// Returns the encoders of a table. `compression` is that of [`compression`].
    pub(crate) fn new(
        columns: Vec<ColumnDescPtr>,
        compression: Compression,
    ) -> Result<Self, ParquetError> {
        Ok(Self {
            texts: columns.iter().map(|_| Texts::default()).collect(),
            columns,
            rows: Rows::default(),
            longs: Vec::new(),
            levels: Vec::new(),
            compression,
            compressor: Compressor::new(ZSTD_LEVEL)?,
        })
    }
}

/// A row group that is being written. Columns are written in the order of the schema, each with a value for every row.
pub(crate) struct Group<'a> {
    pub(crate) writer: SerializedRowGroupWriter<'a, File>,
    pub(crate) encoders: &'a mut Encoders,
    /// The columns that are not yet written.
    pub(crate) fields: std::slice::Iter<'static, Field>,
}

/// A whole number of a column, or null.
pub(crate) trait Long {
    fn value(self) -> Option<i64>;
}

impl Long for i64 {
    fn value(self) -> Option<i64> {
        Some(self)
    }
}

impl Long for u32 {
    fn value(self) -> Option<i64> {
        Some(self.into())
    }
}

impl Long for u64 {
    fn value(self) -> Option<i64> {
        Some(i64::try_from(self).unwrap_or(i64::MAX))
    }
}

impl<T: Long> Long for Option<T> {
    fn value(self) -> Option<i64> {
        self.and_then(Long::value)
    }
}

impl Group<'_> {
    /// Writes a column of whole numbers or times.
    pub(crate) fn long(
        &mut self,
        name: &str,
        values: impl Iterator<Item = impl Long>,
    ) -> Result<(), ParquetError> {
        let is_optional = self.next(name)?.is_optional;
        let Encoders { longs, levels, .. } = &mut *self.encoders;
        split(values.map(Long::value), is_optional, longs, levels);
        self.finish_longs(name, is_optional)
    }

    fn finish_longs(&mut self, name: &str, is_optional: bool) -> Result<(), ParquetError> {
        let Encoders { longs, levels, .. } = &mut *self.encoders;
        let levels = is_optional.then_some(&**levels);
        let Some(mut out) = self.writer.next_column()? else { return Err(wrong(name)) };
        let ColumnWriter::Int64ColumnWriter(_) = out.untyped() else { return Err(wrong(name)) };
        out.typed::<Int64Type>().write_batch(longs, levels, None)?;
        out.close()
    }

    /// Writes a column of floating-point numbers.
    pub(crate) fn real(
        &mut self,
        name: &str,
        values: impl Iterator<Item = impl Into<Option<f64>>>,
    ) -> Result<(), ParquetError> {
        let is_optional = self.next(name)?.is_optional;
        let (mut reals, mut levels) = (Vec::new(), Vec::new());
        split(values.map(Into::into), is_optional, &mut reals, &mut levels);
        let levels = is_optional.then_some(&*levels);
        let Some(mut out) = self.writer.next_column()? else { return Err(wrong(name)) };
        let ColumnWriter::DoubleColumnWriter(_) = out.untyped() else { return Err(wrong(name)) };
        out.typed::<DoubleType>().write_batch(&reals, levels, None)?;
        out.close()
    }

    /// Writes a column of texts that can be null.
    pub(crate) fn optional_text(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<impl AsRef<str>>>,
    ) -> Result<(), ParquetError> {
        self.next(name)?;
        let at = self.at();
        let Encoders { texts, rows, .. } = &mut *self.encoders;
        for value in values {
            rows.push(value.map(|text| texts[at].position(text.as_ref())));
        }
        self.finish_texts()
    }

    /// Writes a column of texts.
    pub(crate) fn text(
        &mut self,
        name: &str,
        values: impl Iterator<Item = impl AsRef<str>>,
    ) -> Result<(), ParquetError> {
        self.optional_text(name, values.map(Some))
    }

    /// Writes a column of texts that many rows have in common.
    ///
    /// `values`: of each row that is not null, a key and what `text` needs. Rows with equal keys have equal texts, in all groups of
    /// the table. Takes 4 bytes for each key up to the highest.
    pub(crate) fn keyed_text<V, T: AsRef<str>>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<(usize, V)>>,
        text: impl Fn(V) -> T,
    ) -> Result<(), ParquetError> {
        self.next(name)?;
        let at = self.at();
        let Encoders { texts, rows, .. } = &mut *self.encoders;
        let texts = &mut texts[at];
        for value in values {
            rows.push(value.map(|(key, value)| texts.keyed(key, || text(value))));
        }
        self.finish_texts()
    }

    fn finish_texts(&mut self) -> Result<(), ParquetError> {
        let at = self.at();
        let Encoders { texts, rows, columns, compressor, compression, .. } = &mut *self.encoders;
        let (chunk, close) = texts[at].finish(rows, &columns[at], compressor, *compression)?;
        self.writer.append_column(&chunk, close)
    }

    /// Returns the position of the column that is being written.
    fn at(&self) -> usize {
        self.encoders.columns.len() - self.fields.len() - 1
    }

    /// Goes to the next column, which has this name.
    fn next(&mut self, name: &str) -> Result<&'static Field, ParquetError> {
        self.fields.next().filter(|field| field.name == name).ok_or_else(|| wrong(name))
    }
}

/// A bug of the caller.
fn wrong(name: &str) -> ParquetError {
    ParquetError::General(format!("the next column is not {name}"))
}

/// Puts the values that are not null into `found`, and for each value into `levels` whether it is.
fn split<T>(
    values: impl Iterator<Item = Option<T>>,
    is_optional: bool,
    found: &mut Vec<T>,
    levels: &mut Vec<i16>,
) {
    found.clear();
    levels.clear();
    if !is_optional {
        found.extend(values.flatten());
        return;
    }
    for value in values {
        levels.push(value.is_some().into());
        found.extend(value);
    }
}
