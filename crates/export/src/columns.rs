//! The values of a row group, column by column.

use parquet::data_type::ByteArray;

use crate::schema::{Kind, Schema};

/// The values of one column; `None` is null.
pub(crate) enum Column {
    Long(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<ByteArray>>),
}

/// One value.
pub(crate) enum Value {
    Long(i64),
    Real(f64),
    Text(ByteArray),
    Null,
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Long(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(ByteArray::from(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(ByteArray::from(text.into_bytes()))
    }
}

impl From<ByteArray> for Value {
    fn from(text: ByteArray) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The rows of a group.
pub(crate) struct Rows {
    pub(crate) columns: Vec<Column>,
    pub(crate) len: usize,
}

impl Rows {
    pub(crate) fn new(schema: &Schema) -> Self {
        let columns = schema.fields.iter().map(|field| match field.kind {
            Kind::Long | Kind::Time => Column::Long(Vec::new()),
            Kind::Real => Column::Real(Vec::new()),
            Kind::Text => Column::Text(Vec::new()),
        });
        Self { columns: columns.collect(), len: 0 }
    }

    /// Adds a row. A value of another type than its column's is null.
    pub(crate) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "a value for each column");
        for (column, value) in self.columns.iter_mut().zip(row) {
            match (column, value) {
                (Column::Long(values), Value::Long(value)) => values.push(Some(value)),
                (Column::Real(values), Value::Real(value)) => values.push(Some(value)),
                (Column::Text(values), Value::Text(value)) => values.push(Some(value)),
                (column, value) => {
                    debug_assert!(matches!(value, Value::Null), "the type of the column");
                    column.push_null();
                }
            }
        }
        self.len += 1;
    }

    pub(crate) fn clear(&mut self) {
        for column in &mut self.columns {
            match column {
                Column::Long(values) => values.clear(),
                Column::Real(values) => values.clear(),
                Column::Text(values) => values.clear(),
            }
        }
        self.len = 0;
    }
}

impl Column {
    fn push_null(&mut self) {
        match self {
            Self::Long(values) => values.push(None),
            Self::Real(values) => values.push(None),
            Self::Text(values) => values.push(None),
        }
    }
}
