import ModuleKit

/// How a host makes a request with nothing but bash(1), whose `/dev/tcp` opens connections: plain `http` only.
extension HTTPRequest {
  /// Whether bash can make it: no TLS, no socket.
  var canUseBash: Bool { url.hasPrefix("http://") && socket == nil }

  /// Goes by no proxy, so it is not for requests that should.
  var bashCondition: Script {
    usesProxy
      ? "command -v bash >/dev/null && [ -z \"${http_proxy-}${HTTP_PROXY-}\" ]"
      : "command -v bash >/dev/null"
  }

  /// What the script reads on its standard input: method, address, how many redirections are followed, then the head's lines.
  var wish: String {
    var lines = [method, url, String(redirections)]
    if !headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
      lines.append("User-Agent: \(agent)")
    }
    if let user {
      let word = base64Encoded(Array("\(user):\(password ?? "")".utf8))
      lines.append("Authorization: Basic \(word)")
    }
    lines += headers.map { "\($0.name): \($0.value)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Speaks HTTP/1.0 (RFC 1945), whose answers end with their length or the connection.
  static let bash: Script = #"""
    fail() { printf 'bash: %s\n' "$1" >&2; exit 1; }
    read -r method; read -r url; read -r left
    lines=
    while IFS= read -r line; do lines+=$line$'\r\n'; done
    first=
    while :; do
      rest=${url#http://}
      [ "$rest" != "$url" ] || fail "$url needs curl or python3 on the host"
      rest=${rest%%#*}
      place=${rest%%[/?]*}
      target=${rest#"$place"}
      case $target in /*) ;; *) target=/$target ;; esac
      login=
      case $place in
        *@*) login="Authorization: Basic $(printf %s "${place%@*}" | base64 -w0)"$'\r\n' place=${place##*@} ;;
      esac
      [ "${first:=$place}" = "$place" ] || lines=$(printf %s "$lines" | grep -iv '^authorization:'; echo .)
      lines=${lines%.}
      port=80 name=$place
      case $place in
        *]:*) port=${place##*]:} name=${place%:*} ;;
        *]) ;;
        *:*) port=${place##*:} name=${place%:*} ;;
      esac
      name=${name#[} name=${name%]}
      { exec 3<>"/dev/tcp/$name/$port"; } 2>/dev/null || fail "$name does not take a connection on port $port"
      {
        printf '%s %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n%s%s' "$method" "$target" "$place" "$login" "$lines"
        if [ -n "$body" ]; then printf 'Content-Length: %s\r\n' "$(wc -c <"$body")"; fi
        printf '\r\n'
        if [ -n "$body" ]; then cat -- "$body"; fi
      } >&3
      IFS= read -r line <&3 || fail "$name closed the connection without an answer"
      line=${line%$'\r'}
      case $line in HTTP/*\ [1-5][0-9][0-9]*) ;; *) fail "$name does not speak HTTP" ;; esac
      status=${line#* } status=${status:0:3} length= moved= answer=$line$'\r\n'
      while IFS= read -r line <&3; do
        line=${line%$'\r'}
        [ -n "$line" ] || break
        answer+=$line$'\r\n'
        value=${line#*:} value=${value#"${value%%[! ]*}"}
        case ${line,,} in
          content-length:*) length=$value ;;
          location:*) moved=$value ;;
        esac
      done
      case $status in
        30[12378])
          if [ -n "$moved" ] && [ "$left" -gt 0 ]; then
            left=$((left - 1))
            exec 3>&-
            case $moved in
              *://*) url=$moved ;;
              /*) url=http://$place$moved ;;
              *) url=http://$place${target%/*}/$moved ;;
            esac
            continue
          fi ;;
      esac
      break
    done
    printf %s "$answer" >"$head"
    if [ "$method" = HEAD ]; then : >"$out"
    elif [ -n "$length" ]; then head -c "$length" <&3 >"$out"
    else cat <&3 >"$out"
    fi || fail 'the answer broke off'
    printf '%s %s\n' "$status" "$url"
    """#
}
