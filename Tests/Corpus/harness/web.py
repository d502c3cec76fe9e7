"""A web server for `uri` and `get_url`, on port 8480 of where the hosts are reached from.

`/file/TEXT` answers the text, `/json` a value, `/status/N` that status, `/echo` what was sent,
`/private` wants the account `reader` with the password `open`, `/slow` is busy twice, then answers.
"""

import base64
import http.server
import json

PORT = 8480


class Handler(http.server.BaseHTTPRequestHandler):
    visits = 0

    def do_GET(self):
        first, _, rest = self.path.lstrip("/").partition("/")
        match first:
            case "file":
                self.answer(200, f"{rest}\n", "text/plain")
            case "json":
                self.answer(200, json.dumps({"name": "corpus", "items": [1, 2], "nested": {"yes": True}}))
            case "status":
                self.answer(int(rest), json.dumps({"status": int(rest)}))
            case "private":
                wanted = "Basic " + base64.b64encode(b"reader:open").decode()
                allowed = self.headers.get("Authorization") == wanted
                self.answer(200 if allowed else 401, json.dumps({"allowed": allowed}))
            case "slow":
                Handler.visits += 1
                ready = Handler.visits % 3 == 0
                self.answer(200 if ready else 503, json.dumps({"ready": ready}))
            case "moved":
                self.send_response(302)
                self.send_header("Location", "/json")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case _:
                self.answer(404, json.dumps({"error": "nothing here"}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        kind = self.headers.get("Content-Type", "")
        mark = self.headers.get("X-Corpus", "")
        self.answer(201, json.dumps({"method": self.command, "body": body, "type": kind, "mark": mark}))

    do_PUT = do_POST
    do_PATCH = do_POST
    do_DELETE = do_POST

    def answer(self, status, text, kind="application/json"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Handler).serve_forever()
