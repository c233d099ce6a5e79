# shellcheck shell=bash
# What is tried after each section of docker/README.md, on the machine of machine.sh. A section
# "Behind a proxy" has the functions before_behind_a_proxy and after_behind_a_proxy, if they exist.
# Each result is a file in /run/out, which test_page.py reads.

readonly OUT=/run/out
readonly SITE=(curl --silent --show-error --max-time 20 --insecure
  --resolve search.example:80:127.0.0.1 --resolve search.example:443:127.0.0.1
  --resolve search.example:8443:127.0.0.1 --resolve www.example:443:127.0.0.1)

before_on_one_machine() {
  cp --recursive tests/relevance/corpus /srv/documents
}

after_on_one_machine() {
  .venv/bin/python scripts/keys.py --keys /var/lib/spanlight/keys.json add tester --scope search --scope admin >/run/key
  systemd-analyze verify spanlight@8000.service spanlight-index.service >$OUT/verify 2>&1
  systemd-analyze --no-pager security spanlight@8000.service spanlight-index.service >$OUT/security
  search http://127.0.0.1:8000 >$OUT/search
  systemctl reload spanlight@8000
  until journalctl --unit spanlight@8000 --output cat --no-pager --grep 'read everything again' >$OUT/reload; do sleep 0.1; done
  finished_job http://127.0.0.1:8000 >$OUT/job
  stat --format='%U %a' /var/lib/spanlight/keys.json >$OUT/keys
}

after_behind_a_proxy() {
  "${SITE[@]}" --head 'http://search.example/documents?q=1' >$OUT/redirect
  sign_in https://search.example >$OUT/sign-in
  sed 's/listen\(.*\)443/listen\18443/' docker/proxy/nginx.conf >/etc/nginx/conf.d/spanlight.conf
  systemctl reload nginx
  "${SITE[@]}" --retry 20 --retry-all-errors https://search.example:8443/livez >/dev/null
  sign_in https://search.example:8443 >$OUT/sign-in-8443
  cp docker/proxy/nginx.conf /etc/nginx/conf.d/spanlight.conf
  systemctl reload nginx
  # An old worker may still answer at the first port. Once the second one is closed, none does.
  for _ in {1..200}; do
    "${SITE[@]}" https://search.example:8443/livez >/dev/null 2>&1 || break
    sleep 0.1
  done
  "${SITE[@]}" --retry 20 --retry-all-errors https://search.example/livez >/dev/null
  # The client has an address of its own, and pretends to have another one.
  search https://search.example --interface 127.0.0.9 --header 'X-Forwarded-For: 192.0.2.66' >$OUT/nginx-search
  logged 'spanlight@*' '"client": "127.0.0.9"' >$OUT/client || true
  journalctl --unit 'spanlight@*' --output cat --no-pager --grep '192.0.2.66' >$OUT/pretended || true
  statuses 300 127.0.0.10 https://search.example/livez >$OUT/flood
  statuses 1 127.0.0.11 https://search.example/livez >$OUT/flood-neighbour
  statuses 60 127.0.0.12 https://search.example/sign-in >$OUT/sign-in-flood
  cp /var/log/nginx/spanlight.log $OUT/nginx-log

  local socket=/etc/systemd/system/spanlight@first.service.d
  install -D --mode=644 docker/systemd/unix-socket.conf $socket/unix-socket.conf
  systemctl daemon-reload
  systemctl start spanlight@first
  sed 's#server 127.0.0.1:8000#server unix:/run/spanlight/first#' docker/proxy/nginx.conf >/etc/nginx/conf.d/spanlight.conf
  timeout 60 bash -c 'until [[ -S /run/spanlight/first ]]; do sleep 0.1; done'
  systemctl restart nginx
  search https://search.example --interface 127.0.0.13 --retry 60 --retry-delay 1 --retry-all-errors >$OUT/socket-search
  logged spanlight@first '"client": "127.0.0.13"' >$OUT/socket-client || true
  stat --format='%U %G %a' /run/spanlight /run/spanlight/first >$OUT/socket
  systemctl stop nginx spanlight@first
  rm -r $socket
  systemctl daemon-reload
  cp docker/proxy/nginx.conf /etc/nginx/conf.d/spanlight.conf

  cat /etc/ssl/certs/search.example.pem /etc/ssl/private/search.example.key >/etc/haproxy/search.example.pem
  cp docker/proxy/haproxy.cfg /etc/haproxy/haproxy.cfg
  try_proxy haproxy haproxy -c -f /etc/haproxy/haproxy.cfg
  statuses 300 127.0.0.10 https://search.example/livez >$OUT/haproxy-flood
  # The shortest form of its check is `OPTIONS /` in HTTP 1.0, without a host.
  sed '/http-check send/d' docker/proxy/haproxy.cfg >/etc/haproxy/haproxy.cfg
  systemctl restart haproxy
  search https://search.example --retry 20 --retry-delay 1 --retry-all-errors >$OUT/haproxy-shortest-check
  systemctl stop haproxy

  caddy validate --adapter caddyfile --config docker/proxy/Caddyfile >$OUT/caddy-check 2>&1
  # There is nobody here who would sign a certificate.
  sed 's/^search.example {/&\n\ttls internal/' docker/proxy/Caddyfile >/etc/caddy/Caddyfile
  try_proxy caddy caddy validate --config /etc/caddy/Caddyfile
  systemctl stop caddy
  systemctl start nginx
}

before_below_a_path() {
  cp --recursive /etc/nginx /etc/spanlight /run
  printf 'SPANLIGHT_ROOT_PATH=/search\nSPANLIGHT_ALLOWED_HOSTS=www.example\n' >>/etc/spanlight/environment
  # A site that nginx serves already, with the line that the page adds.
  cat >/etc/nginx/sites-enabled/www.example <<'END'
server {
    listen 443 ssl;
    server_name www.example;
    ssl_certificate /etc/ssl/certs/search.example.pem;
    ssl_certificate_key /etc/ssl/private/search.example.key;
    location / { return 200 "the other site"; }
    location ~ \.css$ { return 404; }
    include snippets/spanlight.conf;
}
END
}

after_below_a_path() {
  search https://www.example/search --retry 60 --retry-delay 1 --retry-all-errors >$OUT/path-search
  sign_in https://www.example /search >$OUT/path-sign-in
  "${SITE[@]}" https://www.example/search/static/page.css --output /dev/null --write-out '%{http_code}' >$OUT/path-static
  "${SITE[@]}" https://www.example/ >$OUT/path-neighbour
  statuses 60 127.0.0.14 https://www.example/search/sign-in >$OUT/path-sign-in-flood
  rm /etc/nginx/sites-enabled/www.example
  cp --recursive /run/nginx /run/spanlight /etc
  systemctl restart nginx spanlight@8000
  "${SITE[@]}" --retry 60 --retry-delay 1 --retry-all-errors --fail https://search.example/readyz >/dev/null
}

before_restart_without_a_gap() {
  # nginx counts requests of one address, so the clients take turns.
  (
    client=1
    until [[ -e /run/restarted ]]; do
      statuses 1 127.0.1.$((client = client % 250 + 1)) 'https://search.example/v1/search?q=bridge'
    done >$OUT/statuses-during-restart
  ) &
  clients=$!
}

after_restart_without_a_gap() {
  touch /run/restarted
  wait "$clients"
}

after_monitoring() {
  # A search, a build and a request without a key, so that every counter has a value.
  search http://127.0.0.1:8000 >/dev/null
  finished_job http://127.0.0.1:8000 >/dev/null
  curl --silent --output /dev/null http://127.0.0.1:8000/v1/status
  # Soon, instead of within a minute.
  sed --in-place 's/_interval: 15s/_interval: 1s/' /etc/prometheus/prometheus.yml
  systemctl restart prometheus
  curl --silent --fail --header "X-API-Key: $(cat /run/key)" http://127.0.0.1:8000/metrics >$OUT/metrics
  promtool check metrics <$OUT/metrics >$OUT/check-metrics 2>&1 || echo "failed" >>$OUT/check-metrics
  .venv/bin/python tests/docker/ask_prometheus.py docker/monitoring/dashboard.json >$OUT/prometheus
}

before_upgrade() {
  systemctl show spanlight@8000 spanlight@8001 --property MainPID --value >$OUT/servers-before-upgrade
}

after_upgrade() {
  systemctl show spanlight@8000 spanlight@8001 --property MainPID --value >$OUT/servers-after-upgrade
  search http://127.0.0.1:8000 --retry 60 --retry-delay 1 --retry-all-errors >$OUT/upgraded-search
  find /var/lib/spanlight -maxdepth 1 -name '*backup*' >$OUT/backups
  systemctl stop spanlight@8000
  systemctl show spanlight@8000 --property Result >$OUT/stopped
}

# search SITE CURL-OPTION...
search() {
  "${SITE[@]}" --fail --header "X-API-Key: $(cat /run/key)" "${@:2}" "$1/v1/search?q=bridge&mode=semantic&limit=1"
}

# Print the log lines of a unit that match; a line may be written after the answer was sent.
logged() {
  for _ in {1..50}; do
    journalctl --unit "$1" --output cat --no-pager --grep "$2" && return
    sleep 0.1
  done
  return 1
}

# finished_job SITE: a build that the server starts, once it has ended
finished_job() {
  local headers=(--header "X-API-Key: $(cat /run/key)") job
  job=$("${SITE[@]}" --fail "${headers[@]}" --request POST "$1/v1/reindex" --output /dev/null --write-out '%header{location}')
  until "${SITE[@]}" --fail "${headers[@]}" "$1$job" | tee /run/job | grep --quiet '"ended":"'; do sleep 0.2; done
  cat /run/job
}

# sign_in SITE [PATH]: what the server answers to the form that a browser sends, header lines only
sign_in() {
  "${SITE[@]}" --output /dev/null --dump-header - --header "Origin: $1" \
    --data-urlencode "key@/run/key" --data-urlencode next=/index "$1${2-}/sign-in"
}

# statuses NUMBER ADDRESS URL: the statuses of requests that are sent at once from an address
statuses() {
  local url=() number
  for ((number = 0; number < $1; number++)); do url+=(--output /dev/null "$3"); done
  "${SITE[@]}" --no-progress-meter --parallel --interface "$2" --header "X-API-Key: $(cat /run/key)" --write-out '%{http_code}\n' "${url[@]}"
}

# try_proxy NAME COMMAND...: checks its configuration, then starts it and uses the site
try_proxy() {
  "${@:2}" >"$OUT/$1-check" 2>&1
  systemctl restart "$1"
  "${SITE[@]}" --retry 20 --retry-delay 1 --retry-all-errors --fail https://search.example/livez >/dev/null
  "${SITE[@]}" --head http://search.example/index >"$OUT/$1-redirect"
  sign_in https://search.example >"$OUT/$1-sign-in"
  search https://search.example >"$OUT/$1-search"
}
