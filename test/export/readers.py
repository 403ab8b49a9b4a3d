"""Reads all tables of an export with pyarrow and with Spark.

    python readers.py TABLES COLUMNS

COLUMNS is `{ table: { column: "number" | "text" | "other" } }`. Prints `{ engine: { table: [rows, { column: [values, sum] }] } }`.
The sum is that of the numbers, or of the bytes of the texts.
"""

import json
import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyspark.sql import SparkSession


def with_pyarrow(folder, columns):
    table = ds.dataset(folder, partitioning="hive").to_table()
    found = {}
    for name, kind in columns.items():
        column = table[name]
        total = None
        if kind == "number":
            total = pc.sum(column).as_py()
        if kind == "text":
            total = pc.sum(pc.binary_length(column.cast("string"))).as_py()
        found[name] = [len(column) - column.null_count, total or 0]
    return [table.num_rows, found]


def with_spark(spark, folder, columns):
    frame = spark.read.parquet(str(folder))
    measures = {"number": "sum(`{}`)", "text": "sum(octet_length(`{}`))", "other": "0"}
    asked = ["count(*)"]
    for name, kind in columns.items():
        asked += [f"count(`{name}`)", measures[kind].format(name)]
    rows, *values = frame.selectExpr(*asked).first()
    pairs = zip(values[::2], values[1::2])
    return [rows, {name: [count, total or 0] for name, (count, total) in zip(columns, pairs)}]


tables, columns = Path(sys.argv[1]), json.loads(sys.argv[2])
spark = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
print(
    json.dumps(
        {
            "pyarrow": {name: with_pyarrow(tables / name, columns[name]) for name in columns},
            "spark": {name: with_spark(spark, tables / name, columns[name]) for name in columns},
        }
    )
)
spark.stop()
