# The dashboard on a pack, for readers only: no torch, no compiler, no root.
#   docker build -t darkroom .                        pictures of what was computed before
#   docker build -t darkroom:live --target live .     also judges new images (packs made --live)
FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    DARKROOM_CACHE=/var/cache/darkroom \
    HOME=/tmp \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0
RUN useradd --system --uid 10001 --home-dir /tmp darkroom \
    && install --directory --owner=darkroom /var/cache/darkroom
WORKDIR /app
COPY requirements.txt constraints.txt ./
RUN pip install -c constraints.txt -r requirements.txt 'streamlit[auth]'
COPY .streamlit/config.toml .streamlit/config.toml
COPY app.py ./
COPY core core
COPY pages pages
COPY precompute precompute
RUN python -m compileall -q app.py core pages precompute
USER darkroom
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "precompute", "serve"]
CMD ["/packs/study.zip"]

FROM base AS live
USER root
COPY pyproject.toml README.md LICENSE ./
RUN pip install --extra-index-url https://download.pytorch.org/whl/cpu -c constraints.txt '.[precompute]'
USER darkroom

FROM base AS serving
