"""Reading the numbers: noise, floors, comparisons, and why two scales can disagree."""

from __future__ import annotations

import streamlit as st

from ui.method.equations import Equation
from ui.method.parts import show_equation
from ui.results.studies import show_feature_space

READING = (
    Equation(
        "Spread",
        r"\bar m = \frac1K\sum_k m_k,\qquad \mathrm{SE} = \sqrt{\frac{1}{K(K-1)}\sum_k (m_k-\bar m)^2}",
        "Every metric is computed on K independent sets of images, each with its own seeds. A table shows the mean, ± the standard "
        "error of that mean, and the number of images per set. One set has no spread, and the table says so.",
    ),
    Equation(
        "Is the difference real?",
        r"\bar d \pm t_{K-1,\,0.975}\,\sqrt{\frac{1}{K(K-1)}\sum_k (d_k-\bar d)^2},\qquad d_k = a_k - b_k",
        "Two priors get the same image seeds, so the same chain noise: their values on one set rise and fall together, and the "
        "difference is known better than either. Student's interval is on the paired differences; when it spans zero there is *no "
        "measurable difference*. With a single set the Fréchet distance is computed ten times without a tenth of the images "
        "(jackknife); metrics of nearest neighbours change in jumps, so they get no such interval.",
    ),
    Equation(
        "The floor",
        r"m(\text{test}, \text{train}) \;\le\; m(\text{prior}, \text{train})",
        "Real test images are measured like a prior's, at the same N. That is what a perfect prior and a perfect chain would score: a "
        "Fréchet distance of some hundred images is well above 0 even then. A value at the floor cannot be improved; one below it "
        "looks like copying.",
    ),
    Equation(
        "Whose error is it?",
        r"m_{\text{observed}} = \underbrace{m_{\text{oracle}}}_{\text{denoiser's floor}} + "
        r"\underbrace{(m_{\text{observed}}-m_{\text{oracle}})}_{\text{prior's error}}",
        "The oracle starts the same chain from noised real images, a true draw of $x_{t^*}$. What it scores is the denoiser's own error; "
        "the gap above it is the prior's.",
    ),
    Equation(
        "The prior's error before the chain",
        r"\mathrm{SW}_2^2 = \frac1K\sum_k W_2^2\bigl(\langle x,\theta_k\rangle, \langle y,\theta_k\rangle\bigr),\qquad "
        r"\mathrm{B}^2 = \lVert\mu-\mu_{t^*}\rVert^2 + \operatorname{tr}\bigl(S + \Sigma_{t^*} - "
        r"2(\Sigma_{t^*}^{1/2} S\,\Sigma_{t^*}^{1/2})^{1/2}\bigr)",
        "At t*, in pixels: y are noised training images. For the Bures distance the true side is exact, mu and Sigma of the training "
        "images carried to t*; S is the covariance of n samples, which alone keeps even true samples from 0: theirs is shown in "
        "brackets.",
        "gelbrich1990",
    ),
)

SCALES = (
    "**Why FID-64 and FID-2048 can rank priors differently.** Both are the Fréchet distance of the same network's features, taken "
    "at different depths. The 64 numbers of the first block see colours and fine texture, and little else: an image with the right "
    "colours and grain scores well though it shows no object. The 2048 numbers at the end see objects and parts. In the "
    "benchmark that ships, at t\\* = 10, OT (local) leads GAN (published) on FID-64, 0.094 to 0.259, and follows it on FID-768, "
    "1.346 to 0.592: its colours and textures are closer to real ones, but only the GAN's images show things, which FID-2048 "
    "weighs too. The two also differ in what N they need: a covariance of 2048 dimensions from 2,000 "
    "images is singular and the distance some tens too high for everybody, that of 64 dimensions is already settled. Values of two "
    "layers are on different scales and must never be set beside each other; name the layer, and rank on the one that answers your "
    "question."
)

HABITS = (
    (
        "Compare at equal N only",
        "Fréchet distance and the nearest-neighbour distances fall with N, whoever made the images.",
    ),
    (
        "Look at the floor first",
        "A prior whose value is within the spread of the floor is as good as this measure can tell.",
    ),
    ("Trust the interval, not the ranking", "Rows sorted by a noisy number change places with the seed."),
    ("Count your comparisons", "Of twenty comparisons of equals, about one 95 % interval leaves zero out."),
    (
        "Watch for copies",
        "A prior that returns training images has a perfect Fréchet distance; AuthPct, C_T and the gallery of closest "
        "pairs tell.",
    ),
    ("Not measured is not zero", "A missing value has its reason beside it, in the notes."),
)


def show_reading() -> None:
    """Show how to judge a number: its noise, its floor, and what it can be compared with."""
    for equation in READING:
        show_equation(equation)
    st.subheader("FID-64 and FID-2048", anchor=False)
    st.markdown(SCALES)
    show_feature_space()
    st.subheader("Habits that save from wrong conclusions", anchor=False)
    st.markdown("\n".join(f"- **{name}.** {why}" for name, why in HABITS))
