"""Asks an S3 server with boto3: s3.py ENDPOINT KEY SECRET COMMAND [OBJECT]."""

import hashlib
import sys

import boto3
from botocore.config import Config

BUCKET = "dumps"

endpoint, key, secret, command, *rest = sys.argv[1:]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    aws_access_key_id=key,
    aws_secret_access_key=secret,
    region_name="us-east-1",
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
)

if command == "bucket":
    s3.create_bucket(Bucket=BUCKET)
elif command == "presign":
    print(s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": rest[0]}, ExpiresIn=600))
elif command == "presign-typed":
    params = {"Bucket": BUCKET, "Key": rest[0], "ContentType": "application/gzip", "Metadata": {"from": "a-b"}}
    print(s3.generate_presigned_url("put_object", Params=params, ExpiresIn=600))
elif command == "hash":
    digest = hashlib.sha256()
    for chunk in s3.get_object(Bucket=BUCKET, Key=rest[0])["Body"].iter_chunks():
        digest.update(chunk)
    print(digest.hexdigest())
