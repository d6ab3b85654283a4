# Reads credentials files with s3cmd's own code: a list of {text, names} on stdin, for each a record of what
# every profile gives on stdout.
import contextlib, json, logging, os, sys, tempfile

logging.disable(logging.CRITICAL)
from S3.Config import Config

answers = []
config = Config()
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "credentials")
    os.environ["AWS_CREDENTIAL_FILE"] = path
    for case in json.load(sys.stdin):
        with open(path, "wb") as file:
            file.write(case["text"].encode("utf-8"))
        answer = {}
        for name in case["names"]:
            os.environ["AWS_PROFILE"] = name
            Config.access_key = Config.secret_key = Config.access_token = ""
            with contextlib.suppress(Exception):
                config.aws_credential_file()
            answer[name] = config.access_key and {
                "key": config.access_key,
                "secret": config.secret_key or None,
                "token": config.access_token or None,
            } or None
        answers.append(answer)
json.dump(answers, sys.stdout)
