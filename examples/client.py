"""A complete client. Usage: python examples/client.py media.json http://127.0.0.1:5001 http://127.0.0.1:5002"""

import json
import os
import sys
from pathlib import Path

from chowda.client import Chowda, DocumentType, MediaDocumentInput, MediaFileInput, PipelineStepInput


def main(manifest: Path, *endpoints: str) -> None:
    name = f"client.py, {os.getpid()}"
    media = {
        item["guid"]: manifest.parent / item["path"] for item in json.loads(manifest.read_text())["media"]
    }
    files = [
        MediaFileInput(
            guid=guid,
            documents=[MediaDocumentInput(type=DocumentType.VIDEO, location=f"file://{path.absolute()}")],
        )
        for guid, path in media.items()
    ]
    with Chowda() as chowda:  # reads CHOWDA_URL and CHOWDA_TOKEN
        steps = [
            PipelineStepInput(app_id=chowda.register_app(endpoint=endpoint).id) for endpoint in endpoints
        ]
        chowda.add_media_files(files)
        pipeline = chowda.create_pipeline(name, steps)
        batch = chowda.create_batch(name, pipeline_id=pipeline.id, guids=list(media))
        run = chowda.start_batch(batch.id)
        for state in chowda.watch_batch_run(run.id):
            steps_done = [(step.app.name, step.percent) for step in state.steps]
            print(state.status, f"{state.percent:.0f} %", steps_done)
        chowda.download_zip(Path("mmif.zip"), batch_run=run.id)


main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
