# aftercall in a container: the nightly run, the reports, the dashboards. Data, configuration and snapshots lie in /data.
#   docker build --tag aftercall .
#   docker run --rm --no-healthcheck -v "$PWD/operation:/data" -e AFTERCALL_PSEUDONYM_KEY aftercall run --config /data/aftercall.toml
#   docker run -p 8050:8050 -v "$PWD/operation:/data" -e AFTERCALL_SESSION_KEY aftercall
FROM python:3.13-slim-trixie AS build
WORKDIR /source
COPY requirements-run.lock ./
RUN python -m venv /opt/aftercall \
 && /opt/aftercall/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-run.lock
COPY pyproject.toml setup.py README.md LICENSE NOTICE ./
COPY pipelines pipelines
COPY dashboards dashboards
COPY sql sql
RUN /opt/aftercall/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:3.13-slim-trixie
# A fixed number, so that the owner of /data can be set from outside.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin aftercall \
 && install -d -o aftercall -g aftercall -m 0700 /data
COPY --from=build /opt/aftercall /opt/aftercall
ENV PATH=/opt/aftercall/bin:$PATH PYTHONUNBUFFERED=1
USER aftercall
WORKDIR /data
VOLUME /data
EXPOSE 8050
# Any answer but a failure of the server: whether one may look is another question.
HEALTHCHECK --start-period=30s --interval=30s --timeout=10s CMD ["python", "-c", "import http.client; c = http.client.HTTPConnection('127.0.0.1', 8050, timeout=8); c.request('GET', '/login'); raise SystemExit(c.getresponse().status >= 500)"]
ENTRYPOINT ["aftercall"]
# Needs users, single sign-on or a proxy in the configuration (docs/access.md); without them it says so and ends.
CMD ["dashboard", "--config", "/data/aftercall.toml", "--host", "0.0.0.0"]
