"""How `python -m workshop lab` runs JupyterLab: on this machine only, and quietly."""

from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = 8888
c.ServerApp.port_retries = 50
c.LabApp.custom_css = True
# Otherwise JupyterLab looks for it in the configuration that the learner may change.
c.ServerApp.tornado_settings = {"static_custom_path": [str(Path(__file__).parent / "custom")]}
c.LabApp.check_for_updates_class = "jupyterlab.handlers.announcements.NeverCheckForUpdate"
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"
c.MultiKernelManager.default_kernel_name = "python3"
c.ContentsManager.hide_globs = [
    "*.pyc",
    "*~",
    ".*",
    "__pycache__",
    "build",
    "jupyter",
]
