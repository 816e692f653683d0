"""gpu_census: which public cloud region offers which accelerator, by country, dated and evidence-graded."""

__version__ = "0.1.0"
