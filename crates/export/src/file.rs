//! One Parquet file: written under another name, synced, renamed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{
    Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel,
};
use parquet::column::writer::{ColumnWriter, ColumnWriterImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use crate::columns::{Column, Rows, Value, Values};
use crate::schema::{Kind, ROWS_PER_GROUP, Schema};
use crate::{Error, Options, Written, folder};

/// Version of the schemas, in the metadata of every file. A column that is added does not change it.
const SCHEMA_VERSION: &str = "1";

impl From<ParquetError> for Error {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
                Ok(source) => Self::Io { call: "write", path: PathBuf::new(), source: *source },
                Err(other) => Self::Encode(other.to_string()),
            },
            other => Self::Encode(other.to_string()),
        }
    }
}

/// The file of a table that is being written. It is removed if it is not finished.
pub(crate) struct TableFile {
    schema: Schema,
    writer: Option<SerializedFileWriter<File>>,
    rows: Rows,
    /// Row groups that are written.
    groups: usize,
    count: u64,
    partial: PathBuf,
    path: PathBuf,
}

impl TableFile {
    /// Creates the folder and the file.
    pub(crate) fn create(schema: Schema, options: &Options) -> Result<Self, Error> {
        let folder = folder(schema.table, options);
        fs::create_dir_all(&folder).map_err(io("mkdir", &folder))?;
        let path = folder.join("part-0.parquet");
        // Engines skip files whose names begin with a dot.
        let partial = folder.join(format!(".part-0.parquet.{}.partial", std::process::id()));
        let file = private_file(&partial).map_err(io("open", &partial))?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            // A page ends by its bytes, which compresses better and faster than many small pages.
            .set_data_page_row_count_limit(ROWS_PER_GROUP)
            .set_key_value_metadata(Some(vec![parquet::file::metadata::KeyValue::new(
                "heapdump-rs.schema".to_owned(),
                SCHEMA_VERSION.to_owned(),
            )]));
        for field in schema.fields {
            let column = ColumnPath::from(field.name);
            properties = match field.kind {
                // Ids and sizes are nearly all different: a dictionary would only be built and given up.
                Kind::Long => properties
                    .set_column_dictionary_enabled(column.clone(), false)
                    .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED),
                // The least and the greatest text of a group exclude hardly any, and cost two comparisons a row.
                Kind::Text => {
                    properties.set_column_statistics_enabled(column, EnabledStatistics::None)
                }
                Kind::Real | Kind::Time => properties,
            };
        }
        let writer =
            SerializedFileWriter::new(file, message(&schema)?, Arc::new(properties.build()))?;
        let rows = Rows::new(&schema);
        Ok(Self { schema, writer: Some(writer), rows, groups: 0, count: 0, partial, path })
    }

    /// Adds a row; writes a group when there are enough.
    pub(crate) fn push<const N: usize>(&mut self, row: [Value; N]) -> Result<(), Error> {
        self.rows.push(row);
        if self.rows.len >= ROWS_PER_GROUP { self.write_group() } else { Ok(()) }
    }

    /// Returns the number of the row group that rows are added to.
    pub(crate) fn group(&self) -> usize {
        self.groups
    }

    /// Adds a text for rows of this group, and returns its position.
    pub(crate) fn share(&mut self, text: String) -> u32 {
        self.rows.share(text)
    }

    /// Returns the value of a text for one row of this group.
    pub(crate) fn text(&mut self, text: impl Into<String>) -> Value {
        Value::Text(self.share(text.into()))
    }

    /// The same, or null.
    pub(crate) fn optional_text(&mut self, text: Option<impl Into<String>>) -> Value {
        text.map_or(Value::Null, |text| self.text(text))
    }

    fn write_group(&mut self) -> Result<(), Error> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let mut group = writer.next_row_group().map_err(|error| at(error, &self.partial))?;
        for column in &self.rows.columns {
            let Some(out) = group.next_column()? else { break };
            write_column(out, column, &self.rows.texts)
                .map_err(|error| at(error, &self.partial))?;
        }
        group.close().map_err(|error| at(error, &self.partial))?;
        self.groups += 1;
        self.count += self.rows.len as u64;
        self.rows.clear();
        Ok(())
    }

    /// Writes the rest, syncs, and gives the file its name.
    pub(crate) fn finish(mut self) -> Result<Written, Error> {
        if self.rows.len > 0 {
            self.write_group()?;
        }
        let Some(writer) = self.writer.take() else {
            return Err(Error::Encode("the file is closed".to_owned()));
        };
        let file = writer.into_inner().map_err(|error| at(error, &self.partial))?;
        file.sync_all().map_err(io("fsync", &self.partial))?;
        let bytes = file.metadata().map_err(io("stat", &self.partial))?.len();
        fs::rename(&self.partial, &self.path).map_err(io("rename", &self.path))?;
        let path = std::mem::take(&mut self.path);
        self.partial = PathBuf::new();
        Ok(Written { table: self.schema.table, path, rows: self.count, bytes })
    }
}

impl Drop for TableFile {
    fn drop(&mut self) {
        if !self.partial.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Creates a file that only its owner can read, and never follows a link.
fn private_file(path: &Path) -> std::io::Result<File> {
    let _ = fs::remove_file(path);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn io(call: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { call, path, source }
}

/// The error of a file, with its path.
fn at(error: ParquetError, path: &Path) -> Error {
    match Error::from(error) {
        Error::Io { call, source, .. } => Error::Io { call, path: path.to_owned(), source },
        other => other,
    }
}

fn message(schema: &Schema) -> Result<TypePtr, ParquetError> {
    let fields = schema.fields.iter().map(|field| {
        let (physical, logical) = match field.kind {
            Kind::Long => (Physical::INT64, None),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
        };
        let repetition =
            if field.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let built = Type::primitive_type_builder(field.name, physical)
            .with_logical_type(logical)
            .with_repetition(repetition)
            .build()?;
        Ok(Arc::new(built))
    });
    let fields = fields.collect::<Result<Vec<_>, ParquetError>>()?;
    Ok(Arc::new(Type::group_type_builder("row").with_fields(fields).build()?))
}

fn write_column(
    mut out: SerializedColumnWriter<'_>,
    column: &Column,
    texts: &[ByteArray],
) -> Result<(), ParquetError> {
    let levels = column.levels.as_deref();
    match (out.untyped(), &column.values) {
        (ColumnWriter::Int64ColumnWriter(writer), Values::Long(values)) => {
            writer.write_batch(values, levels, None)?;
        }
        (ColumnWriter::DoubleColumnWriter(writer), Values::Real(values)) => {
            writer.write_batch(values, levels, None)?;
        }
        (ColumnWriter::ByteArrayColumnWriter(writer), Values::Text(positions)) => {
            write_texts(writer, positions, levels, texts)?;
        }
        _ => return Err(ParquetError::General("a column of another type".to_owned())),
    }
    out.close()
}

/// Texts that are handed to the encoder at a time.
const TEXTS_PER_BATCH: usize = 1024;

fn write_texts(
    writer: &mut ColumnWriterImpl<'_, ByteArrayType>,
    positions: &[u32],
    levels: Option<&[i16]>,
    texts: &[ByteArray],
) -> Result<(), ParquetError> {
    let mut batch = Vec::with_capacity(TEXTS_PER_BATCH);
    let mut write = |positions: &[u32], levels: Option<&[i16]>| {
        batch.clear();
        batch.extend(positions.iter().map(|&position| texts[position as usize].clone()));
        writer.write_batch(&batch, levels, None).map(drop)
    };
    let Some(levels) = levels else {
        return positions.chunks(TEXTS_PER_BATCH).try_for_each(|positions| write(positions, None));
    };
    let mut rest = positions;
    for levels in levels.chunks(TEXTS_PER_BATCH) {
        let present = levels.iter().filter(|&&level| level > 0).count();
        let (now, later) = rest.split_at(present);
        write(now, Some(levels))?;
        rest = later;
    }
    Ok(())
}
