"""Runs a file of SQL over the tables of `heapdump-rs export`, with Spark on this machine. Prints `{ columns, rows, seconds }` as JSON.

    python spark.py TABLES SQL_FILE
"""

import json
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

tables, sql_file = map(Path, sys.argv[1:])
spark = (
    SparkSession.builder.master("local[*]")
    .appName("heapdump-rs")
    # Names of snapshots and hosts can look like numbers.
    .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
started = time.monotonic()
for folder in sorted(tables.iterdir()):
    spark.read.parquet(str(folder)).createOrReplaceTempView(folder.name)
result = spark.sql(sql_file.read_text())
rows = [list(row) for row in result.collect()]
print(json.dumps({"columns": result.columns, "rows": rows, "seconds": time.monotonic() - started}, default=str))
spark.stop()
