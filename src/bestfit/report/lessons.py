"""What each finding is, told to a student: one sentence each, by its public name."""

__all__ = ["LESSONS"]

LESSONS = {
    "vanishing_gradient": "The pull on the early layers fades on its way back through the network, "
    "so they hardly learn; better starting weights, normalisation or shortcuts keep it alive.",
    "exploding_gradient": "The pull grows from layer to layer until a single step throws the "
    "weights far away; clipping its length or smaller steps tame it.",
    "dead_relu": "A ReLU unit answers 0 to everything below zero; when all rows fall there, its "
    "gradient is 0 too and it can never come back by itself.",
    "saturated_activation": "Far out, tanh and sigmoid are flat: a unit pushed there answers the "
    "same to every row, and its gradient almost vanishes.",
    "oscillating_loss": "The loss jumps up and down instead of falling: steps leap across the "
    "valley again and again.",
    "slow_convergence": "The loss still falls, but so slowly that the run ends before it arrives.",
    "learning_rate_too_high": "Steps are so large that they overshoot: the loss jumps or grows.",
    "learning_rate_too_low": "Steps are so small that weights hardly move in the time there is.",
    "overfitting": "Training rows are predicted ever better while unseen rows get worse: the "
    "network learns the noise of its rows, not the rule behind them.",
    "underfitting": "Even the training rows are predicted badly: the network is too small, too "
    "restrained or not trained for long enough.",
    "over_regularised": "What should keep a network modest (dropout, weight decay, noise) is so "
    "strong that it cannot learn the rule either.",
    "bad_initialisation": "Starting weights set the scale of every signal; too large or too small "
    "and the first layers drown or starve the later ones.",
    "missing_activation": "Two linear layers in a row are one linear layer: without something "
    "bent between them, depth adds nothing.",
    "wrong_output_activation": "The last layer's shape must suit the target: probabilities for "
    "classes, free numbers for quantities.",
    "wrong_loss": "The loss says what is wanted; one meant for another kind of target rewards the "
    "wrong thing.",
    "unscaled_inputs": "Columns measured in thousands drown columns measured in fractions; put on "
    "one scale, all are heard.",
    "unscaled_targets": "A target in the hundred thousands makes the first errors, and so the "
    "first steps, enormous; scaled to about 1 the network learns calmly.",
    "class_imbalance": "When one class is rare, never predicting it is already right most of the "
    "time; accuracy then says little, and the rare class deserves a look of its own.",
    "data_leakage": "A column that knows the answer makes a model look brilliant in the test and "
    "useless later, when that column is not known yet.",
    "label_noise": "Some rows carry the wrong label; a network that fits them learns errors.",
    "target_outliers": "A few extreme values dominate the squared error, and the model bends "
    "towards them.",
    "train_val_shift": "Training and validation rows come from different worlds, so what is learnt "
    "in one need not hold in the other.",
    "nonfinite_data": "One infinite or undefined number spreads through every sum it enters.",
    "frozen_layers": "Some weights never move, by intent or by mistake; they do not learn.",
    "batchnorm_mismatch": "Batch normalisation uses the batch in training and an average in use; "
    "when the two differ, a model is good in training and bad afterwards.",
    "batch_size_too_small": "The gradient of very few rows is mostly noise; steps wander.",
    "too_few_epochs": "Training ended while validation was still getting better.",
}
