FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

# requirements-traces.lock has what TRACES=1 needs besides.
ARG LOCK=requirements.lock
COPY ${LOCK} .
RUN pip install --no-cache-dir --require-hashes --requirement ${LOCK}

COPY . .
RUN python manage.py collectstatic --no-input \
    && rm var/secret_key \
    && useradd --system --no-create-home chat \
    && chown chat var
USER chat

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
    python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
