//! One Parquet file: written under another name, synced, renamed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use crate::group::{Encoders, Group, compression};
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
    encoders: Encoders,
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
        let compression = compression()?;
        let properties = Arc::new(properties(&schema, compression));
        let writer = SerializedFileWriter::new(file, message(&schema)?, properties)?;
        let columns = writer.schema_descr().columns().to_vec();
        let encoders = Encoders::new(columns, compression)?;
        Ok(Self { schema, writer: Some(writer), encoders, count: 0, partial, path })
    }

    /// Writes a row group, whose columns `fill` writes. No rows are no group.
    pub(crate) fn group(
        &mut self,
        rows: usize,
        fill: impl FnOnce(&mut Group<'_>) -> Result<(), ParquetError>,
    ) -> Result<(), Error> {
        let Some(writer) = self.writer.as_mut().filter(|_| rows > 0) else { return Ok(()) };
        let write = || {
            let encoders = &mut self.encoders;
            let fields = self.schema.fields.iter();
            let mut group = Group { writer: writer.next_row_group()?, encoders, fields };
            fill(&mut group)?;
            group.writer.close()
        };
        let written = write().map_err(|error| at(error, &self.partial))?;
        debug_assert_eq!(usize::try_from(written.num_rows()), Ok(rows), "{}", self.schema.table);
        self.count += rows as u64;
        Ok(())
    }

    /// Syncs the file, and gives it its name.
    pub(crate) fn finish(mut self) -> Result<Written, Error> {
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

/// How the numbers are encoded. [`Group`] encodes the texts.
fn properties(schema: &Schema, compression: Compression) -> WriterProperties {
    let version = KeyValue::new("heapdump-rs.schema".to_owned(), SCHEMA_VERSION.to_owned());
    let mut properties = WriterProperties::builder()
        .set_compression(compression)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        // A group has one page of each column: an index of pages would repeat the index of columns.
        .set_offset_index_disabled(true)
        .set_data_page_row_count_limit(ROWS_PER_GROUP)
        .set_key_value_metadata(Some(vec![version]));
    for field in schema.fields.iter().filter(|field| field.kind == Kind::Long) {
        // Ids and sizes are nearly all different: a dictionary would only be built and given up.
        let column = ColumnPath::from(field.name);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    properties.build()
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
