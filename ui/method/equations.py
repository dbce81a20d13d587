"""The equations of the Method screen: what each says, in TDOT's own letters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Equation:
    """One equation with the sentence that explains it and the key of its source ("" for TDOT's own)."""

    title: str
    latex: str
    text: str
    source: str = ""


CHAIN = (
    Equation(
        "Noising",
        r"x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\varepsilon,\qquad \bar\alpha_t = \prod_{i\le t}(1-\beta_i),"
        r"\quad \varepsilon\sim\mathcal N(0, I)",
        "An image loses signal step by step. The linear schedule raises beta from 0.0001 to 0.02 over T = 1000 steps.",
        "ho2020",
    ),
    Equation(
        "Cosine schedule",
        r"\bar\alpha_t = \frac{f(t)}{f(0)},\qquad f(t) = \cos^2\!\left(\frac{t/T + 0.008}{1.008}\cdot\frac{\pi}{2}\right)",
        "Keeps more signal in the middle of the chain; each beta is held at or below 0.999.",
        "nichol2021",
    ),
    Equation(
        "What the denoiser learns",
        r"\min_\theta\ \mathbb E_{x_0,\,t,\,\varepsilon}\ \bigl\lVert \varepsilon - \hat\varepsilon_\theta(x_t, t)\bigr\rVert^2,"
        r"\qquad \hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\hat\varepsilon}{\sqrt{\bar\alpha_t}}",
        "The network names the noise in an image; the clean image it implies follows.",
        "ho2020",
    ),
    Equation(
        "Truncated start",
        r"x_{t^*}\sim p_{\text{prior}}\ \approx\ q(x_{t^*}),\qquad x_{t^*}\to\dots\to x_0",
        "Instead of pure noise at T, the chain starts from a prior's draw at t*. Whatever the prior gets wrong there, the chain "
        "must live with.",
        "zheng2023tdpm",
    ),
    Equation(
        "Lift",
        r"x_t = \sqrt{\bar\alpha_t/\bar\alpha_s}\;x_s + \sqrt{1-\bar\alpha_t/\bar\alpha_s}\;\varepsilon,\qquad s<t",
        "A prior trained at step s serves every later t*: noise is added exactly as the forward process would. The prior's own "
        "error shrinks by at least the first factor. Below the step it was trained at, a prior cannot serve.",
        "lyu2022esddpm",
    ),
    Equation(
        "Reverse step",
        r"x_s = \sqrt{\bar\alpha_s}\,\hat x_0 + \sqrt{1-\bar\alpha_s-\sigma^2}\;\hat\varepsilon + \sigma z,\qquad "
        r"\sigma = \eta\sqrt{\tfrac{1-\bar\alpha_s}{1-\bar\alpha_t}}\sqrt{1-\tfrac{\bar\alpha_t}{\bar\alpha_s}}",
        "eta = 0 is deterministic (ddim), eta = 1 ancestral (ddpm). The predicted clean image is clamped to the range of pixels, "
        "and the noise recomputed from it.",
        "song2021ddim",
    ),
    Equation(
        "DPM-Solver++ (2M)",
        r"x_s = \frac{\sigma_s}{\sigma_t}x_t - \sqrt{\bar\alpha_s}\,(e^{-h}-1)\,D,\qquad D = \hat x_0 + "
        r"\frac{\hat x_0 - \hat x_0^{\text{prev}}}{2r},\quad h=\lambda_s-\lambda_t",
        "Second order: it also uses the step before. lambda is half the log signal-to-noise ratio, sigma the noise level, and r "
        "the previous step's share of h. The last step goes straight to the clean image.",
        "lu2022dpmpp",
    ),
    Equation(
        "Steps in between",
        r"t_k = \operatorname{round}\!\left(t^* \left(1 - k/n\right)\right),\qquad k = 0,\dots,n,\quad n\le t^*",
        "n_steps reverse steps at evenly spaced whole numbers from t* down to 0.",
    ),
)

SYMBOLS = (
    ("x0", "A clean image: 3 x 32 x 32 numbers from -1 to 1."),
    ("t, s", "Number of noising steps, from 0 (clean) to T (noise); s < t is the less noisy one."),
    ("T", "Length of the whole chain: 1000."),
    ("t*", "Truncation step (t_star): where the chain starts."),
    ("t_train", "The step a prior was trained at. It serves every t* from there up."),
    ("alpha_bar", "Share of the variance that is still signal after t steps, for data of unit variance."),
    ("noise_std", "Standard deviation of the noise at t: the root of 1 - alpha_bar."),
    ("SNR", "Signal-to-noise ratio, 10 log10(alpha_bar / (1 - alpha_bar)), in dB; 0 dB is half and half."),
    ("eps, eps_hat", "The true noise, and the denoiser's answer."),
    ("x0_hat", "The clean image that the answer implies."),
    ("eta", "0 for a deterministic chain, 1 for an ancestral one."),
    ("n_steps", "Reverse steps asked for."),
    ("NFE", "Denoiser calls per image, counted in the network; the prior's own call counts separately."),
    ("prior", "What draws the first image of a truncated chain."),
    ("oracle", "Noised real images as a prior: no prior can be expected to do better with this denoiser."),
    ("z", "A generator's random input."),
    (
        "seed",
        "One whole number per image. The same seed gives every prior the same chain noise, so differences are the prior's.",
    ),
    ("r, f", "Features of real and of generated (fake) images."),
    ("FID-d", "Fréchet distance on layer d of the Inception network. Only that is called FID."),
    ("FD-cnn", "Fréchet distance on the features of the small network that ships with TDOT."),
    ("spread", "Standard error over independent sets of images, each with its own seeds."),
    ("not measured", "The number is undefined there, or its layer is missing. It is never shown as 0."),
)
