//! Vectors indexed by one type of position.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

use crate::ids::Idx;

/// A value for each position of the type `I`: a column of nodes, classes or
/// strings. A `Vec` that positions of other types, and bare integers, cannot
/// index.
#[derive(Clone)]
pub(crate) struct IndexVec<I, T> {
    items: Vec<T>,
    index: PhantomData<fn(I) -> I>,
}

impl<I: Idx, T> IndexVec<I, T> {
    /// Returns a column of `len` equal values.
    pub(crate) fn from_elem(value: T, len: usize) -> Self
    where
        T: Clone,
    {
        vec![value; len].into()
    }

    /// Returns an empty column with room for `capacity` values.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Vec::with_capacity(capacity).into()
    }

    /// Returns the number of values.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether there is no value.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns the number of values that there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.items.capacity()
    }

    /// Makes room for exactly `more` values.
    pub(crate) fn reserve_exact(&mut self, more: usize) {
        self.items.reserve_exact(more);
    }

    /// Frees unused capacity.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.items.shrink_to_fit();
    }

    /// Changes the length to `len`. New values are copies of `value`.
    pub(crate) fn resize(&mut self, len: usize, value: T)
    where
        T: Clone,
    {
        self.items.resize(len, value);
    }

    /// Appends the value of the next position.
    #[inline]
    pub(crate) fn push(&mut self, value: T) {
        self.items.push(value);
    }

    /// Returns the value at `at`, or `None` if `at` is beyond the end.
    #[inline]
    pub(crate) fn get(&self, at: I) -> Option<&T> {
        self.items.get(at.position())
    }

    /// Returns all values in order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// Returns all values with their positions.
    pub(crate) fn iter_enumerated(&self) -> impl ExactSizeIterator<Item = (I, &T)> {
        self.items.iter().enumerate().map(|(at, value)| (I::at(at), value))
    }
}

impl<I, T> From<Vec<T>> for IndexVec<I, T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, index: PhantomData }
    }
}

impl<I, T> Default for IndexVec<I, T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<I, T: fmt::Debug> fmt::Debug for IndexVec<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

impl<I, T> Extend<T> for IndexVec<I, T> {
    #[inline]
    fn extend<V: IntoIterator<Item = T>>(&mut self, values: V) {
        self.items.extend(values);
    }
}

impl<I: Idx, T> Index<I> for IndexVec<I, T> {
    type Output = T;

    #[inline]
    fn index(&self, at: I) -> &T {
        &self.items[at.position()]
    }
}

impl<I: Idx, T> IndexMut<I> for IndexVec<I, T> {
    #[inline]
    fn index_mut(&mut self, at: I) -> &mut T {
        &mut self.items[at.position()]
    }
}
