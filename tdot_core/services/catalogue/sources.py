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
    Source("bradley1952", "Bradley, Terry", 1952,
           "Rank Analysis of Incomplete Block Designs: I. The Method of Paired Comparisons", "Biometrika",
           "https://doi.org/10.1093/biomet/39.3-4.324", "Strengths from paired comparisons: the score of blind votes"),
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
    Source("salvy2025", "Salvy, Talbot, Thirion", 2025,
           "Enhanced Generative Model Evaluation with Clipped Density and Coverage", "NeurIPS", _arxiv("2507.01761"),
           "Clipped density and clipped coverage, k = 5"),
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
    Source("dossantos2019", "dos Santos, Mroueh, Padhi, Dognin", 2019,
           "Learning Implicit Generative Models by Matching Perceptual Features", "ICCV", _arxiv("1904.02762"),
           "Eq. 3 and 5: moments of all layers of a frozen network, averaged over batches"),
    Source("hagele2024", "Hägele, Bakouch, Kosson, Ben Allal, Von Werra, Jaggi", 2024,
           "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations", "NeurIPS", _arxiv("2405.18392"),
           "Section 3: a constant step size and a cooldown at the end"),
    Source("salimans2018", "Salimans, Zhang, Radford, Metaxas", 2018, "Improving GANs Using Optimal Transport", "ICLR",
           _arxiv("1803.05573"), "Eq. 8: the minibatch energy distance, two batches of each kind"),
    Source("rowland2019", "Rowland, Hron, Tang, Choromanski, Sarlós, Weller", 2019,
           "Orthogonal Estimation of Wasserstein Distances", "AISTATS", _arxiv("1903.03784"), "Section 3: orthogonal slices"),
    Source("nguyen2024", "Nguyen, Bariletto, Ho", 2024, "Quasi-Monte Carlo for 3D Sliced Wasserstein", "ICLR",
           _arxiv("2309.11713"), "Low-discrepancy slices, randomised so that they stay unbiased"),
    Source("deshpande2019", "Deshpande, Hu, Sun, Pyrros, Siddiqui, Koyejo, Zhao, Forsyth, Schwing", 2019,
           "Max-Sliced Wasserstein Distance and its use for GANs", "CVPR", _arxiv("1904.05877"),
           "The one direction on which two distributions differ most"),
    Source("nguyen2023", "Nguyen, Ho", 2023, "Energy-Based Sliced Wasserstein Distance", "NeurIPS", _arxiv("2304.13586"),
           "Slices weighted by the exponential of their cost"),
    Source("nguyen2021", "Nguyen, Ho, Pham, Bui", 2021,
           "Distributional Sliced-Wasserstein and Applications to Generative Modeling", "ICLR", _arxiv("2002.07367"),
           "A distribution over directions, sought among those that differ enough"),
    Source("decao2020", "De Cao, Aziz", 2020, "The Power Spherical distribution", "arXiv", _arxiv("2006.04437"),
           "Algorithm 1: drawing directions around one"),
    Source("nguyen2022", "Nguyen, Ho", 2022,
           "Revisiting Sliced Wasserstein on Images: From Vectorization to Convolution", "NeurIPS", _arxiv("2204.01188"),
           "Slices that are chains of small filters"),
    Source("genevay2018", "Genevay, Peyré, Cuturi", 2018, "Learning Generative Models with Sinkhorn Divergences", "AISTATS",
           _arxiv("1706.00292"), "Entropic transport with its self-terms taken off"),
    Source("feydy2019", "Feydy, Séjourné, Vialard, Amari, Trouvé, Peyré", 2019,
           "Interpolating between Optimal Transport and MMD using Sinkhorn Divergences", "AISTATS", _arxiv("1810.08278"),
           "The gradient of the debiased divergence"),
    Source("raya2023", "Raya, Ambrogioni", 2023, "Spontaneous Symmetry Breaking in Generative Diffusion Models", "NeurIPS",
           _arxiv("2305.19693"), "Late starts of the chain from a Gaussian"),
    Source("wang2023", "Wang, Vastola", 2023,
           "The Hidden Linear Structure in Score-Based Models and its Application", "arXiv", _arxiv("2311.10892"),
           "The chain's early steps are those of a Gaussian and can be skipped"),
    Source("goodfellow2014", "Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio", 2014,
           "Generative Adversarial Nets", "NeurIPS", _arxiv("1406.2661"), "Section 3: the non-saturating loss"),
    Source("miyato2018", "Miyato, Kataoka, Koyama, Yoshida", 2018,
           "Spectral Normalization for Generative Adversarial Networks", "ICLR", _arxiv("1802.05957"),
           "Spectral normalisation, the hinge loss and the critic of SNGAN"),
    Source("jolicoeur2019", "Jolicoeur-Martineau", 2019,
           "The Relativistic Discriminator: a Key Element Missing from Standard GAN", "ICLR", _arxiv("1807.00734"),
           "The relativistic loss"),
    Source("tong2024", "Tong, Fatras, Malkin, Huguet, Zhang, Rector-Brooks, Wolf, Bengio", 2024,
           "Improving and Generalizing Flow-Based Generative Models with Minibatch Optimal Transport", "TMLR",
           _arxiv("2302.00482"), "Flow matching on pairs from exact minibatch plans (OT-CFM)"),
    Source("sauer2021", "Sauer, Chitta, Müller, Geiger", 2021, "Projected GANs Converge Faster", "NeurIPS", _arxiv("2111.01007"),
           "Section 3: critics on the layers of a frozen network"),
    Source("ghosh2020", "Ghosh, Sajjadi, Vergari, Black, Schölkopf", 2020, "From Variational to Deterministic Autoencoders", "ICLR",
           _arxiv("1903.12436"), "Section 5: a density fitted to the latent codes after training"),
    Source("tan2019", "Tan, Le", 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", "ICML",
           _arxiv("1905.11946"), "Table 1: the stages of the small network behind efficientnet-lite0"),
    Source("page2018", "Page", 2018, "How to Train Your ResNet", "myrtle.ai (blog)",
           "https://github.com/davidcpage/cifar10-fast", "The small CIFAR-10 network behind the features of cifar-cnn"),
    Source("wiener1949", "Wiener", 1949, "Extrapolation, Interpolation, and Smoothing of Stationary Time Series", "MIT Press",
           "https://direct.mit.edu/books/book/4361", "The best linear estimate of a signal in noise: the closed-form denoiser"),
    Source("karras2022", "Karras, Aittala, Aila, Laine", 2022, "Elucidating the Design Space of Diffusion-Based Generative Models",
           "NeurIPS", _arxiv("2206.00364"), "Table 1, Eq. 5 and algorithm 1: noise levels in training, preconditioning, time steps, Heun's method"),
    Source("balaji2022", "Balaji, Nah, Huang, Vahdat, Song, Zhang, Kreis, Aittala, Aila, Laine, Catanzaro, Karras, Liu", 2022,
           "eDiff-I: Text-to-Image Diffusion Models with an Ensemble of Expert Denoisers", "arXiv", _arxiv("2211.01324"),
           "Networks of their own for parts of the noise levels, branched off one that was trained on all"),
    Source("zhao2023unipc", "Zhao, Bai, Rao, Zhou, Lu", 2023,
           "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models", "NeurIPS", _arxiv("2302.04867"),
           "Algorithms 5 to 8: the multistep predictor and corrector in data prediction"),
    Source("salimans2022", "Salimans, Ho", 2022, "Progressive Distillation for Fast Sampling of Diffusion Models", "ICLR",
           _arxiv("2202.00512"), "Section 4: the v target"),
    Source("jordan2024", "Jordan et al.", 2024, "Muon: An optimizer for hidden layers in neural networks", "blog",
           "https://kellerjordan.github.io/posts/muon/", "Momentum made orthogonal by Newton-Schulz iterations"),
    Source("liu2025", "Liu et al.", 2025, "Muon is Scalable for LLM Training", "arXiv", _arxiv("2502.16982"),
           "Section 2.2: updates of the size of Adam's"),
    Source("mcinnes2018", "McInnes, Healy, Melville", 2018, "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction",
           "arXiv", _arxiv("1802.03426"), "The curved map of the Features screen, where umap-learn is installed"),
    Source("hyndman1996", "Hyndman", 1996, "Computing and Graphing Highest Density Regions", "The American Statistician",
           "https://doi.org/10.1080/00031305.1996.10474359", "The contours that hold half and nine tenths of a prior's points"),
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
        "author": " and ".join(source.authors.split(", ")),
        "title": f"{{{source.title}}}",
        place: source.venue,
        "year": str(source.year),
        "url": source.url,
    }
    return f"@{kind}{{{source.key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items()) + "}\n"
