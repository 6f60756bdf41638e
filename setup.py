"""What pyproject.toml cannot say: ``sql/`` lies at the top of the repository and is installed as ``pipelines/sql``."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["pipelines", "pipelines.*", "dashboards", "dashboards.*"]), "pipelines.sql"],
    package_dir={"pipelines.sql": "sql"},
)
