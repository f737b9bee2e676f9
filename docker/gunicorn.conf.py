"""Threads behind a proxy that buffers; one process unless WEB_CONCURRENCY says otherwise."""

bind = "0.0.0.0:8000"
worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 8
keepalive = 5
worker_tmp_dir = "/dev/shm"
# The proxy in front is trusted for the client's address by TRUSTED_PROXIES, in the application.
forwarded_allow_ips = "*"
accesslog = None
