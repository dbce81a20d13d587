"""The sources, by the keys that docstrings, priors and metrics cite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tdot_core.errors import unknown_name


@dataclass(frozen=True)
class Source:
    """One publication. what: the part of it that TDOT uses; url: where to read it."""

    key: str
    authors: str
    year: int
    title: str
    venue: str
    url: str
    what: str


def _arxiv(number: str) -> str:
    return f"https://arxiv.org/abs/{number}"


_SOURCES = (
    Source("ho2020", "Ho, Jain, Abbeel", 2020, "Denoising Diffusion Probabilistic Models", "NeurIPS", _arxiv("2006.11239"),
           "Eq. 2, 4, 7 and algorithms 1 and 2: noising, the training objective and the ancestral step; the linear schedule"),
    Source("song2021ddim", "Song, Meng, Ermon", 2021, "Denoising Diffusion Implicit Models", "ICLR", _arxiv("2010.02502"),
           "Eq. 12 and 16: the reverse step with eta between deterministic and ancestral"),
    Source("nichol2021", "Nichol, Dhariwal", 2021, "Improved Denoising Diffusion Probabilistic Models", "ICML",
           _arxiv("2102.09672"), "Eq. 17: the cosine schedule"),
    Source("lu2022dpmpp", "Lu, Zhou, Bao, Chen, Li, Zhu", 2022,
           "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", "arXiv", _arxiv("2211.01095"),
           "Algorithm 2: the second-order multistep solver"),
    Source("zheng2023tdpm", "Zheng, He, Chen, Zhou", 2023,
           "Truncated Diffusion Probabilistic Models and Diffusion-based Adversarial Auto-Encoders", "ICLR",
           _arxiv("2202.09671"), "Eq. 6 to 9: starting the chain from a learned implicit prior"),
    Source("lyu2022esddpm", "Lyu, Xu, Yang, Lin, Dai", 2022,
           "Accelerating Diffusion Models via Early Stop of the Diffusion Process", "arXiv", _arxiv("2205.12524"),
           "Samples of a GAN or VAE, noised to t*, as the start of the chain"),
    Source("deshpande2018", "Deshpande, Zhang, Schwing", 2018, "Generative Modeling using the Sliced Wasserstein Distance",
           "CVPR", _arxiv("1803.11188"), "Eq. 6 and 7: a generator trained by the sliced Wasserstein distance, no critic"),
    Source("bonneel2015", "Bonneel, Rabin, Peyré, Pfister", 2015, "Sliced and Radon Wasserstein Barycenters of Measures",
           "Journal of Mathematical Imaging and Vision", "https://doi.org/10.1007/s10851-014-0506-3",
           "The sliced Wasserstein distance"),
    Source("heusel2017", "Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter", 2017,
           "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", "NeurIPS",
           _arxiv("1706.08500"), "The Fréchet distance of Inception features (FID)"),
    Source("binkowski2018", "Bińkowski, Sutherland, Arbel, Gretton", 2018, "Demystifying MMD GANs", "ICLR",
           _arxiv("1801.01401"), "Eq. 4: the kernel distance KID"),
    Source("kynkaanniemi2019", "Kynkäänniemi, Karras, Laine, Lehtinen, Aila", 2019,
           "Improved Precision and Recall Metric for Assessing Generative Models", "NeurIPS", _arxiv("1904.06991"),
           "Precision and recall by nearest neighbours, k = 3"),
    Source("naeem2020", "Naeem, Oh, Uh, Choi, Yoo", 2020, "Reliable Fidelity and Diversity Metrics for Generative Models",
           "ICML", _arxiv("2002.09797"), "Density and coverage, k = 5"),
    Source("chong2020", "Chong, Forsyth", 2020, "Effectively Unbiased FID and Inception Score and Where to Find Them", "CVPR",
           _arxiv("1911.07023"), "The Fréchet distance extrapolated to infinitely many images"),
    Source("salimans2016", "Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen", 2016,
           "Improved Techniques for Training GANs", "NeurIPS", _arxiv("1606.03498"), "Section 4: the Inception Score"),
    Source("alaa2022", "Alaa, van Breugel, Saveliev, van der Schaar", 2022,
           "How Faithful is your Synthetic Data? Sample-level Metrics for Evaluating and Auditing Generative Models", "ICML",
           _arxiv("2102.08921"), "Authenticity, here AuthPct: the share of images that are no near copies of training images"),
    Source("meehan2020", "Meehan, Chaudhuri, Dasgupta", 2020,
           "A Non-Parametric Test to Detect Data-Copying in Generative Models", "AISTATS", _arxiv("2004.05675"),
           "C_T: whether images lie nearer to the training images than held-out ones do"),
    Source("jayasumana2024", "Jayasumana, Ramalingam, Veit, Glasner, Chakrabarti, Kumar", 2024,
           "Rethinking FID: Towards a Better Evaluation Metric for Image Generation", "CVPR", _arxiv("2401.09603"),
           "Why the Fréchet distance of few samples misleads"),
    Source("peyre2019", "Peyré, Cuturi", 2019, "Computational Optimal Transport",
           "Foundations and Trends in Machine Learning", _arxiv("1803.00567"), "Remark 2.31: transport between Gaussians"),
    Source("gelbrich1990", "Gelbrich", 1990,
           "On a Formula for the L2 Wasserstein Metric between Measures on Euclidean and Hilbert Spaces",
           "Mathematische Nachrichten", "https://doi.org/10.1002/mana.19901470121", "The Wasserstein distance of Gaussians"),
    Source("page2018", "Page", 2018, "How to Train Your ResNet", "myrtle.ai (blog)",
           "https://github.com/davidcpage/cifar10-fast", "The small CIFAR-10 network behind the features of cifar-cnn"),
)  # fmt: skip


def bibliography() -> list[Source]:
    """Return every source, in the order of the Method screen."""
    return list(_SOURCES)


def find_source(key: str) -> Source:
    """Return the source with a key; raises TdotError listing the known ones."""
    for source in _SOURCES:
        if source.key == key:
            return source
    raise unknown_name("source", key, (source.key for source in _SOURCES))


_CONFERENCES = ("NeurIPS", "ICLR", "ICML", "CVPR")


def bibtex(keys: Iterable[str]) -> str:
    """Return the BibTeX entries of sources; raises TdotError for an unknown key."""
    return "\n".join(_entry(find_source(key)) for key in keys)


def _entry(source: Source) -> str:
    if source.venue in _CONFERENCES:
        kind, place = "inproceedings", "booktitle"
    elif source.venue == "arXiv" or "blog" in source.venue:
        kind, place = "misc", "howpublished"
    else:
        kind, place = "article", "journal"
    fields = {
        "author": " and ".join(source.authors.split(", ")), "title": f"{{{source.title}}}", place: source.venue, "year": str(source.year),
        "url": source.url,
    }  # fmt: skip
    return f"@{kind}{{{source.key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items()) + "}\n"
