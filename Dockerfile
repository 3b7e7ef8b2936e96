FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip install --no-cache-dir --prefix /installed .[valkey]

FROM python:3.13-slim
COPY --from=build /installed /usr/local
RUN useradd --uid 10001 --create-home mock && mkdir /scenarios && install -d -o mock -m 700 /store
USER mock
# Mount scenario files here; without any, every answer is generated. With MOCKSERVER_STORE=/store, and a volume there, what
# changes while the server runs outlives the container.
VOLUME /scenarios
EXPOSE 8000
# Others can reach it, so /_mock/ asks for MOCKSERVER_CONTROL_TOKEN, or for the token that the log shows at the start.
ENV MOCKSERVER_HOST=0.0.0.0 MOCKSERVER_PORT=8000 PYTHONUNBUFFERED=1
HEALTHCHECK --interval=2s --timeout=2s --start-period=5s CMD ["python", "-c", "import os, ssl, urllib.request; tls = 'MOCKSERVER_SSL_CERTFILE' in os.environ; urllib.request.urlopen('http' + 's' * tls + '://127.0.0.1:' + os.environ['MOCKSERVER_PORT'] + '/_mock/ready', timeout=2, context=ssl._create_unverified_context() if tls else None)"]
ENTRYPOINT ["mockserver"]
CMD ["serve", "/scenarios"]
