"""A client of AWS as programs in Python are: botocore's default chain.

botocore_client.py credentials N    asks the chain N times, prints each answer as a line of JSON
botocore_client.py identity         asks STS who it is
"""

import json
import sys

import botocore.session

session = botocore.session.get_session()
if sys.argv[1] == "identity":
    answer = session.create_client("sts").get_caller_identity()
    print(json.dumps({"arn": answer["Arn"]}))
else:
    credentials = session.get_credentials()
    for _ in range(int(sys.argv[2])):
        got = credentials.get_frozen_credentials()
        line = {
            "accessKeyId": got.access_key,
            "secretAccessKey": got.secret_key,
            "sessionToken": got.token or "",
        }
        expires = getattr(credentials, "_expiry_time", None)
        if expires is not None:
            line["expires"] = expires.strftime("%Y-%m-%dT%H:%M:%SZ")
        print(json.dumps(line))
