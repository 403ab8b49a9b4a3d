//! The values of a row group, column by column.

use parquet::data_type::ByteArray;

use crate::schema::{Kind, Schema};

/// The values of one column that are not null.
pub(crate) enum Values {
    Long(Vec<i64>),
    Real(Vec<f64>),
    /// Positions in [`Rows::texts`]: most texts are in many rows.
    Text(Vec<u32>),
}

/// The values of one column.
pub(crate) struct Column {
    pub(crate) values: Values,
    /// By row: 1 if there is a value, 0 if it is null. `None` for a column that cannot be null.
    pub(crate) levels: Option<Vec<i16>>,
}

/// One value. Small, because a snapshot has tens of millions.
#[derive(Clone, Copy)]
pub(crate) enum Value {
    Long(i64),
    Real(f64),
    /// A text from [`Rows::share`].
    Text(u32),
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

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The rows of a group.
pub(crate) struct Rows {
    pub(crate) columns: Vec<Column>,
    pub(crate) texts: Vec<ByteArray>,
    pub(crate) len: usize,
}

impl Rows {
    pub(crate) fn new(schema: &Schema) -> Self {
        let columns = schema.fields.iter().map(|field| Column {
            values: match field.kind {
                Kind::Long | Kind::Time => Values::Long(Vec::new()),
                Kind::Real => Values::Real(Vec::new()),
                Kind::Text => Values::Text(Vec::new()),
            },
            levels: field.is_optional.then(Vec::new),
        });
        Self { columns: columns.collect(), texts: Vec::new(), len: 0 }
    }

    /// Adds a row, with a value of its type for each column.
    pub(crate) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "a value for each column");
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
        self.len += 1;
    }

    /// Adds a text for one or several rows, and returns its position. It is there until [`Self::clear`].
    pub(crate) fn share(&mut self, text: String) -> u32 {
        self.texts.push(ByteArray::from(text.into_bytes()));
        u32::try_from(self.texts.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn clear(&mut self) {
        for Column { values, levels } in &mut self.columns {
            match values {
                Values::Long(values) => values.clear(),
                Values::Real(values) => values.clear(),
                Values::Text(values) => values.clear(),
            }
            levels.iter_mut().for_each(Vec::clear);
        }
        self.texts.clear();
        self.len = 0;
    }
}

impl Column {
    #[inline]
    fn push(&mut self, value: Value) {
        let is_null = matches!(value, Value::Null);
        debug_assert!(!is_null || self.levels.is_some(), "null only where it is allowed");
        if let Some(levels) = &mut self.levels {
            levels.push(i16::from(!is_null));
        }
        match (&mut self.values, value) {
            (Values::Long(values), Value::Long(value)) => values.push(value),
            (Values::Real(values), Value::Real(value)) => values.push(value),
            (Values::Text(values), Value::Text(position)) => values.push(position),
            (_, value) => debug_assert!(matches!(value, Value::Null), "the type of the column"),
        }
    }
}
